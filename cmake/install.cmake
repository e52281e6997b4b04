# cmake --install: programs in a folder of their own (libexec/nacre), so that each finds its helpers beside itself, and
# links to them from bin and sbin.
#
# NACRE_PROGRAM_PREFIX in the environment of the installation goes before each name that a person types: "nacre-" makes
# nacre-ssh, which lives beside another suite.
include(GNUInstallDirs)
set(NACRE_FOLDER ${CMAKE_INSTALL_LIBEXECDIR}/nacre)

set(client_programs ssh ssh-keygen ssh-agent ssh-add ssh-keyscan scp sftp)
set(client_helpers ssh-sk-helper ssh-pkcs11-helper)
set(client_manuals ssh.1 ssh-keygen.1 ssh-agent.1 ssh-add.1 ssh-keyscan.1 ssh-copy-id.1 scp.1 sftp.1 ssh_config.5
    ssh-keysign.8 ssh-sk-helper.8 ssh-pkcs11-helper.8)
set(server_programs sshd)
set(server_helpers sshd-session sshd-net sshd-user sftp-server)
set(server_manuals sshd.8 sshd_config.5 sftp-server.8)

foreach(side client server)
    install(TARGETS ${${side}_programs} ${${side}_helpers} DESTINATION ${NACRE_FOLDER} COMPONENT ${side})
endforeach()
# Opens the host keys for host-based logins, and nothing else: set-user-ID, as its manual page says.
install(TARGETS ssh-keysign DESTINATION ${NACRE_FOLDER} COMPONENT client
    PERMISSIONS SETUID OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
install(PROGRAMS src/programs/ssh-copy-id DESTINATION ${NACRE_FOLDER} COMPONENT client)

# nacre_install_names(COMPONENT FOLDER NAME...): a link FOLDER/prefixNAME to each program.
function(nacre_install_names component folder)
    install(CODE "
        file(RELATIVE_PATH up /${folder} /${NACRE_FOLDER})
        set(into \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${folder}\")
        file(MAKE_DIRECTORY \"\${into}\")
        foreach(name ${ARGN})
            set(link \"\${into}/\$ENV{NACRE_PROGRAM_PREFIX}\${name}\")
            message(STATUS \"Installing: \${link}\")
            file(CREATE_LINK \"\${up}/\${name}\" \"\${link}\" SYMBOLIC)
        endforeach()" COMPONENT ${component})
endfunction()
nacre_install_names(client ${CMAKE_INSTALL_BINDIR} ${client_programs} ssh-copy-id)
nacre_install_names(server ${CMAKE_INSTALL_SBINDIR} ${server_programs})

foreach(side client server)
    foreach(page ${${side}_manuals})
        string(REGEX REPLACE ".*\\." "" section ${page})
        install(CODE "
            set(into \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_MANDIR}/man${section}\")
            file(INSTALL DESTINATION \"\${into}\" TYPE FILE FILES \"${CMAKE_SOURCE_DIR}/man/${page}\"
                RENAME \"\$ENV{NACRE_PROGRAM_PREFIX}${page}\")" COMPONENT ${side})
    endforeach()
endforeach()

# What the table of options completes, for each shell, under the name that is installed.  zsh's file is called as the
# function inside: _ssh is zsh's own, which also completes scp and others.
function(nacre_install_completion component program shell path)
    install(CODE "
        set(name \"\$ENV{NACRE_PROGRAM_PREFIX}${program}\")
        execute_process(COMMAND ${CMAKE_CROSSCOMPILING_EMULATOR} \"$<TARGET_FILE:${program}>\" --completion ${shell}
            OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
        if(NOT name STREQUAL ${program})
            string(REPLACE \"_nacre_${program} ${program}\\n\" \"_nacre_${program} \${name}\\n\" text \"\${text}\")
            string(REPLACE \"#compdef ${program}\\n\" \"#compdef \${name}\\n\" text \"\${text}\")
            string(REPLACE \"complete -c ${program} \" \"complete -c \${name} \" text \"\${text}\")
            string(REPLACE \"(ssh -Q \" \"(\$ENV{NACRE_PROGRAM_PREFIX}ssh -Q \" text \"\${text}\")
            if(${shell} STREQUAL zsh)
                string(REPLACE \"_nacre_${program}\" \"_nacre_\${name}\" text \"\${text}\")
            endif()
        endif()
        file(WRITE \"${CMAKE_BINARY_DIR}/completion/${shell}-${program}\" \"\${text}\")
        string(REPLACE @ \"\${name}\" file \"${path}\")
        if(CMAKE_INSTALL_PREFIX STREQUAL \"/usr\" AND EXISTS /etc/debian_version)
            string(REPLACE zsh/site-functions zsh/vendor-completions file \"\${file}\")   # where Debian's zsh looks
        endif()
        get_filename_component(into \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/\${file}\" DIRECTORY)
        get_filename_component(file \"\${file}\" NAME)
        file(INSTALL DESTINATION \"\${into}\" TYPE FILE FILES \"${CMAKE_BINARY_DIR}/completion/${shell}-${program}\"
            RENAME \"\${file}\")" COMPONENT ${component})
endfunction()
foreach(pair "client;ssh" "server;sshd")
    list(GET pair 0 side)
    list(GET pair 1 program)
    nacre_install_completion(${side} ${program} bash bash-completion/completions/@)
    nacre_install_completion(${side} ${program} zsh zsh/site-functions/_nacre_@)
    nacre_install_completion(${side} ${program} fish fish/vendor_completions.d/@.fish)
endforeach()

# What a machine that serves needs besides: see packaging/README.md.
foreach(unit nacre-sshd.service nacre-sshd.socket)
    configure_file(packaging/${unit}.in ${CMAKE_BINARY_DIR}/packaging/${unit} @ONLY)
    install(FILES ${CMAKE_BINARY_DIR}/packaging/${unit} DESTINATION lib/systemd/system COMPONENT server)
endforeach()
install(FILES packaging/nacre.sysusers DESTINATION lib/sysusers.d RENAME nacre.conf COMPONENT server)
install(FILES packaging/sshd.pam DESTINATION lib/pam.d RENAME sshd COMPONENT server)
install(FILES packaging/sshd_config DESTINATION ${CMAKE_INSTALL_DATADIR}/nacre COMPONENT server)
foreach(side client server)
    install(FILES LICENSE README.md SECURITY.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/nacre-${side}
        COMPONENT ${side})
endforeach()
