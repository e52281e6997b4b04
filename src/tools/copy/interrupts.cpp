#include "tools/copy/interrupts.h"

#include <csignal>

namespace nacre {

namespace {

volatile std::sig_atomic_t interrupted = 0;

void note_interrupt(int) { interrupted = 1; }

} // namespace

void notice_interrupts()
{
    struct sigaction action {};
    action.sa_handler = note_interrupt;                           // without SA_RESTART
    ::sigemptyset(&action.sa_mask);
    ::sigaction(SIGINT, &action, nullptr);
}

bool was_interrupted() { return interrupted != 0; }

void forget_interrupt() { interrupted = 0; }

} // namespace nacre
