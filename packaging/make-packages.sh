#!/bin/sh
# Debian packages of what is checked out: build/packages/{nacre-client,nacre-server,nacre-openssh,libnacre-dev}_VERSION_ARCH.deb.
#
#   packaging/make-packages.sh [BUILD_DIRECTORY]
#
# nacre-client and nacre-server install beside OpenSSH, under names that begin with nacre-; nacre-openssh puts them in its
# place, by alternatives; libnacre-dev is for programs that use the library.  Needs dpkg-deb and what a build needs.
set -eu
cd "$(dirname -- "$0")/.."
build=${1:-build/install}
out=build/packages
version=$(sed -n 's/^project(nacre VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
architecture=$(dpkg --print-architecture)
jobs=$(nproc)
export NACRE_PROGRAM_PREFIX=nacre-
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH

echo "building in $build"
cmake --preset release -B "$build" -DCMAKE_INSTALL_PREFIX=/usr -DNACRE_TESTS=OFF -DNACRE_BENCH=OFF --log-level=WARNING
cmake --build "$build" -j "$jobs" --target programs library >"$build/build.log" 2>&1 || { tail -n 40 "$build/build.log"; exit 1; }
mkdir -p "$out"
rm -f "$out"/*.deb
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
trap 'exit 130' HUP INT TERM
chmod 755 "$stage"

# The packages of the shared libraries that a program still needs; libc's with the version it was built with.
libraries_of()
{
    find "$1" -type f -perm -100 -exec sh -c 'ldd "$1" 2>/dev/null' - {} \; | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p' | sort -u |
    while read -r library; do
        dpkg -S "$(realpath "$library")" "$library" "/usr$library" 2>/dev/null | sed 's/:.*//' | head -n 1
    done | sort -u | while read -r package; do
        if [ "$package" = libc6 ]; then
            echo "libc6 (>= $(dpkg-query -W -f '${Version}' libc6 | sed 's/-.*//'))"
        else
            echo "$package"
        fi
    done | paste -sd, | sed 's/,/, /g'
}

# pack NAME ARCHITECTURE: what lies in $stage/NAME, with the scripts and fields of packaging/debian/NAME*.
pack()
{
    tree=$stage/$1
    mkdir -p "$tree/DEBIAN"
    find "$tree" -path '*/man/*' -type f -exec gzip -9n {} +
    depends=$(libraries_of "$tree")
    {
        echo "Package: $1"
        echo "Version: $version"
        echo "Architecture: $2"
        echo "Installed-Size: $(du -sk "$tree" | cut -f 1)"
        sed -e "s/@DEPENDS@/$depends/" -e "s/@VERSION@/$version/" -e 's/^Depends: , /Depends: /' "packaging/debian/$1.control"
    } >"$tree/DEBIAN/control"
    for script in preinst postinst prerm postrm triggers; do
        [ -f "packaging/debian/$1.$script" ] || continue
        cp "packaging/debian/$1.$script" "$tree/DEBIAN/$script"
        [ $script = triggers ] || chmod 755 "$tree/DEBIAN/$script"
    done
    [ ! -d "$tree/etc" ] || (cd "$tree" && find etc -type f -printf '/%p\n' | sort >DEBIAN/conffiles)
    (cd "$tree" && find . -type f ! -path './DEBIAN/*' ! -path './etc/*' -printf '%P\0' | sort -z | xargs -0 -r md5sum >DEBIAN/md5sums)
    dpkg-deb --root-owner-group -b "$tree" "$out/$1_${version}_$2.deb"
}

for side in client server; do
    mkdir -p "$stage/nacre-$side"
    DESTDIR="$stage/nacre-$side" cmake --install "$build" --strip --component "$side" >/dev/null
    [ $side = server ] || [ -u "$stage/nacre-client/usr/libexec/nacre/ssh-keysign" ] || { echo "ssh-keysign is not set-user-ID"; exit 1; }
    if [ $side = server ]; then
        mkdir -p "$stage/nacre-server/etc/fail2ban/filter.d/sshd.d"
        cp packaging/fail2ban.conf "$stage/nacre-server/etc/fail2ban/filter.d/sshd.d/nacre.conf"
    fi
    pack "nacre-$side" "$architecture"
done
mkdir -p "$stage/libnacre-dev"
DESTDIR="$stage/libnacre-dev" cmake --install "$build" --component library >/dev/null
cp LICENSE "$stage/libnacre-dev/usr/share/doc/libnacre-dev/copyright"
pack libnacre-dev "$architecture"
mkdir -p "$stage/nacre-openssh/usr/lib/nacre-openssh" "$stage/nacre-openssh/usr/share/doc/nacre-openssh"
cp packaging/debian/alternatives.sh "$stage/nacre-openssh/usr/lib/nacre-openssh/"
chmod 755 "$stage/nacre-openssh/usr/lib/nacre-openssh/alternatives.sh"
cp LICENSE "$stage/nacre-openssh/usr/share/doc/nacre-openssh/copyright"
pack nacre-openssh all
ls -l "$out"
