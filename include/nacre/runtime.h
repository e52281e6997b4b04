// The protocol with sockets and an event loop: everything that belongs to the public interface of nacre-runtime.
//
// The files named here, and in nacre/core.h, are the interface.
#pragma once

#include "nacre/core.h"

// A client and a server in a few lines.
#include "nacre/runtime/credentials.h"
#include "nacre/runtime/remote_files.h"
#include "nacre/runtime/serve_files.h"
#include "nacre/runtime/ssh_client.h"
#include "nacre/runtime/ssh_connector.h"
#include "nacre/runtime/ssh_server.h"

// The loop, and what is at the end of a channel.
#include "nacre/os/event_loop.h"
#include "nacre/os/fd.h"
#include "nacre/os/prompt.h"
#include "nacre/os/socket.h"
#include "nacre/runtime/channel_endpoint.h"
#include "nacre/runtime/connection_driver.h"
#include "nacre/runtime/connector.h"
#include "nacre/runtime/fd_endpoint.h"
#include "nacre/runtime/forwarded_sockets.h"
#include "nacre/runtime/listener.h"
#include "nacre/runtime/local_site.h"
#include "nacre/runtime/memory_endpoint.h"
