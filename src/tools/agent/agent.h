// ssh-agent(1).
#pragma once

namespace nacre {

int run_agent(int count, char** arguments);

} // namespace nacre
