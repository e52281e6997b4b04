// ssh-add(1).
#pragma once

namespace nacre {

int run_add(int count, char** arguments);

} // namespace nacre
