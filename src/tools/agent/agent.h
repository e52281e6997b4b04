// ssh-agent(1).
#pragma once

namespace nacre {

int run_agent(int count, char** arguments, bool has_output);         // that standard output was open when we were started

} // namespace nacre
