#include "os/memory.h"

#include <malloc.h>

namespace nacre {

void give_back_free_memory() { ::malloc_trim(0); }

} // namespace nacre
