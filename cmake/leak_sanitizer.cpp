// Leaks of libraries that we load, for programs under the address sanitizer: each happens once in a process at most.
//
// MIT Kerberos 1.20: gss_acquire_cred forgets the acceptor's name where there is no key table.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_options();
extern "C" const char* __lsan_default_suppressions() { return "leak:krb5_build_principal_alloc_va"; }
extern "C" const char* __lsan_default_options() { return "print_suppressions=0"; }
