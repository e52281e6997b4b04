// The protocol without I/O: everything that belongs to the public interface of nacre-core.
//
// The files named here are the interface.  Others are installed because these need them; they may change with any version.
#pragma once

#include "nacre/version.h"

// What everything is made of: bytes, secrets, results, a log, moments.
#include "nacre/base/address.h"
#include "nacre/base/buffer.h"
#include "nacre/base/bytes.h"
#include "nacre/base/log.h"
#include "nacre/base/pattern.h"
#include "nacre/base/result.h"
#include "nacre/base/secret.h"
#include "nacre/base/strong.h"
#include "nacre/base/text.h"
#include "nacre/base/time.h"
#include "nacre/crypto/hash.h"
#include "nacre/crypto/random.h"

// How a message is declared, from which its codec follows: what requests and kinds of channels of your own are made by.
#include "nacre/wire/fields.h"
#include "nacre/wire/frame.h"
#include "nacre/wire/reader.h"
#include "nacre/wire/writer.h"

// Keys and certificates, the files that hold or name them, and signatures over files.
#include "nacre/keys/allowed_signers.h"
#include "nacre/keys/authorized_keys.h"
#include "nacre/keys/certificate.h"
#include "nacre/keys/fingerprint.h"
#include "nacre/keys/key_file.h"
#include "nacre/keys/key_types.h"
#include "nacre/keys/known_hosts.h"
#include "nacre/keys/private_key.h"
#include "nacre/keys/public_key.h"
#include "nacre/keys/security_key.h"
#include "nacre/keys/signer.h"
#include "nacre/keys/sshsig.h"

// A whole client, a whole server; their questions, answered one by one or from a table.
#include "nacre/auth/auth_questions.h"
#include "nacre/auth/client_auth.h"
#include "nacre/auth/gssapi.h"
#include "nacre/auth/methods.h"
#include "nacre/auth/publickey.h"
#include "nacre/auth/server_auth.h"
#include "nacre/session/client_answers.h"
#include "nacre/session/client_session.h"
#include "nacre/session/event.h"
#include "nacre/session/server_answers.h"
#include "nacre/session/server_session.h"

// What they stand on: packets and keys; channels, and what is said on them.
#include "nacre/connection/channel_kinds.h"
#include "nacre/connection/channel_limits.h"
#include "nacre/connection/channel_requests.h"
#include "nacre/connection/connection.h"
#include "nacre/connection/connection_events.h"
#include "nacre/connection/global_requests.h"
#include "nacre/connection/program_end.h"
#include "nacre/connection/terminal_modes.h"
#include "nacre/messages/auth.h"
#include "nacre/messages/connection.h"
#include "nacre/messages/transport.h"
#include "nacre/transport/carry.h"
#include "nacre/transport/proposal.h"
#include "nacre/transport/rekey_limits.h"
#include "nacre/transport/role.h"
#include "nacre/transport/transport.h"
#include "nacre/transport/transport_settings.h"

// File transfer: a client, a server, and the engine that copies trees.
#include "nacre/sftp/attributes.h"
#include "nacre/sftp/client.h"
#include "nacre/sftp/copier.h"
#include "nacre/sftp/file_tree.h"
#include "nacre/sftp/frames.h"
#include "nacre/sftp/messages.h"
#include "nacre/sftp/requests.h"
#include "nacre/sftp/server.h"
#include "nacre/sftp/site.h"
#include "nacre/sftp/tree_server.h"
