// Whether this user can have a Kerberos ticket at all, found out without loading anything.
#pragma once

namespace nacre::gssapi {

// False only where Kerberos was neither set up on this machine nor asked for by the environment and there is no file of
// tickets at its usual place: then the library would find nothing either.
bool may_have_ticket();

} // namespace nacre::gssapi
