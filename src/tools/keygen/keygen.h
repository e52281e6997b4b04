// ssh-keygen(1).
#pragma once

namespace nacre {

int run_keygen(int count, char** arguments);

} // namespace nacre
