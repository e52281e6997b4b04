// ssh-sk-helper(8): does one thing with a FIDO authenticator and ends.
#pragma once

namespace nacre {

int run_sk_helper(int count, char** arguments);

} // namespace nacre
