// What the thread sanitizer finds ends the program at once (status 66), so that a scenario notices: its words go to a standard
// error that may be nobody's.  The environment cannot say so: sshd gives its processes none.
extern "C" const char* __tsan_default_options();
extern "C" const char* __tsan_default_options() { return "halt_on_error=1"; }
