using Slipway.Packages;

namespace Slipway.Builds.Roots;

/// <summary>Constant scripts that run as root inside a sandbox to make a layer. Their text is part of a layer's key.</summary>
internal static class RootScripts
{
    /// <summary>
    /// An empty root becomes one that dpkg can run in: the merged /usr, an empty package database, and the files of the essential
    /// packages (/tmp/debs/0-*), two at a time. Debian leaves this first step to whoever makes a root.
    /// </summary>
    internal const string Bootstrap = """
        set -e
        umask 022
        cd /target
        mkdir -p usr/bin usr/sbin usr/lib usr/lib64 var/lib/dpkg/info var/lib/dpkg/updates var/lib/dpkg/triggers etc/dpkg/dpkg.cfg.d
        for name in bin sbin lib lib64; do ln -s usr/$name $name; done
        : > var/lib/dpkg/status
        : > var/lib/dpkg/available
        echo force-unsafe-io > etc/dpkg/dpkg.cfg.d/slipway
        printf '#!/bin/sh\nexit 101\n' > usr/sbin/policy-rc.d
        chmod 755 usr/sbin/policy-rc.d
        ls /tmp/debs | grep '^0-' | xargs -P2 -I{} sh -c 'dpkg-deb --fsys-tarfile "/tmp/debs/$1" | tar -C /target --keep-directory-symlink --numeric-owner -xpf -' sh {}
        """;

    /// <summary>[--force-depends]: installs every package of /tmp/debs. The flag is for the essential packages, which need each other first.</summary>
    internal const string Install = """
        set -e
        umask 022
        export DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true
        # An index of manual pages is of no use in a build and takes longer than the packages.
        if [ -e /usr/share/debconf/confmodule ]; then echo 'man-db man-db/auto-update boolean false' | debconf-set-selections; fi
        rm -f /var/lib/man-db/auto-update
        # What pre-depends on a package of the same set can only be unpacked once that is configured: the next round has it.
        round=1
        until dpkg "$@" --install --skip-same-version /tmp/debs/*.deb && dpkg "$@" --configure --pending; do
            if [ $round = 5 ]; then exit 1; fi
            dpkg "$@" --configure --pending || true
            round=$((round + 1))
        done
        problems=$(dpkg --audit)
        if [ -n "$problems" ]; then echo "$problems"; exit 1; fi

        """ + Finish;

    /// <summary>What every root has beside its packages.</summary>
    private const string Finish = """
        if ! grep -q '^builder:' /etc/passwd; then
            echo 'builder:x:1000:1000:Builder:/build:/bin/sh' >> /etc/passwd
            echo 'builder:x:1000:' >> /etc/group
        fi
        mkdir -p /build
        echo '127.0.0.1 localhost build' > /etc/hosts
        rm -f /etc/resolv.conf
        : > /etc/resolv.conf
        """;

    /// <summary>
    /// An empty root becomes one in which its own rpm can run: the files of every package, in the order of installation. Only then the root's
    /// own rpm installs the packages, so that its database and its scripts are its own whatever rpm the machine has.
    /// </summary>
    internal const string UnpackRpms = """
        set -e
        umask 022
        for package in /tmp/debs/*.rpm; do
            rpm2archive -n - < "$package" | tar -C /target --keep-directory-symlink --no-same-owner -xpf -
        done
        """;

    /// <summary>Installs every package of /tmp/debs by the root's own rpm.</summary>
    internal const string InstallRpms = """
        set -e
        umask 022
        if ! command -v rpm > /dev/null; then echo 'no package of the root holds rpm: add one to its base'; exit 1; fi
        mkdir -p /etc/rpm
        # Debian's rpm keeps its database in the home directory and asks to be told that this is meant.
        case $(rpm --eval '%_dbpath') in "$HOME"/*) echo '%_dbpath /var/lib/rpm' > /etc/rpm/macros.slipway; mkdir -p /var/lib/rpm ;; esac
        if rpm --force-debian --version > /dev/null 2>&1; then set -- --force-debian; fi
        # What is mounted already cannot be given to an owner.
        rpm "$@" --define '_netsharedpath /proc:/sys:/dev' -U --oldpackage --replacepkgs --nosignature /tmp/debs/*.rpm
        if [ -x /sbin/ldconfig ]; then /sbin/ldconfig; fi

        """ + Finish;

    /// <summary>As <see cref="UnpackRpms"/>, of pacman packages.</summary>
    internal const string UnpackPacman = """
        set -e
        umask 022
        for package in /tmp/debs/*; do
            bsdtar -cf - --exclude .PKGINFO --exclude .BUILDINFO --exclude .MTREE --exclude .INSTALL --exclude .CHANGELOG "@$package" |
                tar -C /target --keep-directory-symlink --no-same-owner -xpf -
        done
        """;

    /// <summary>Installs every package of /tmp/debs by the root's own pacman, over what was unpacked.</summary>
    internal const string InstallPacmans = """
        set -e
        umask 022
        if ! command -v pacman > /dev/null; then echo 'no package of the root holds pacman: add one to its base'; exit 1; fi
        # There is no free space to be measured from inside, and what was fetched was verified.
        printf '[options]\nSigLevel = Never\nLocalFileSigLevel = Never\n' > /tmp/pacman.conf
        mkdir -p /var/lib/pacman
        pacman --config /tmp/pacman.conf -U --noconfirm --noprogressbar --overwrite '*' /tmp/debs/*
        if [ -x /sbin/ldconfig ]; then /sbin/ldconfig; fi

        """ + Finish;

    internal static string BootstrapOf(PackageType type) => type switch { PackageType.Deb => Bootstrap, PackageType.Rpm => UnpackRpms, _ => UnpackPacman };

    internal static string InstallOf(PackageType type) => type switch { PackageType.Deb => Install, PackageType.Rpm => InstallRpms, _ => InstallPacmans };

    /// <summary>
    /// Makes the root's packages known to rpm: the specification on standard input has them as Provides, so that rpmbuild checks
    /// a recipe's BuildRequires for real.
    /// </summary>
    internal const string RegisterRpm = """
        set -e
        umask 022
        mkdir -p /etc/rpm /var/lib/rpm
        echo '%_dbpath /var/lib/rpm' > /etc/rpm/macros.slipway
        cat > /tmp/slipway-root.spec
        rpmbuild -bb --quiet --define '_topdir /tmp/rpmbuild' /tmp/slipway-root.spec
        rpm --force-debian -U --replacepkgs --oldpackage --justdb /tmp/rpmbuild/RPMS/noarch/slipway-root-*.rpm
        rm -rf /root/.rpmdb
        """;

    /// <summary>Makes the root's packages known to pacman: the tar on standard input has an entry of its local database for each.</summary>
    internal const string RegisterPacman = """
        set -e
        umask 022
        mkdir -p /var/lib/pacman/sync
        rm -rf /var/lib/pacman/local
        mkdir /var/lib/pacman/local
        tar -C /var/lib/pacman/local --no-same-owner -xf -
        """;

    /// <summary>
    /// Installs the project's rpms. rpm checks what they need against what is registered; which libraries the debs have is added
    /// first, in rpm's own words for them.
    /// </summary>
    internal const string InstallRpm = """
        set -e
        umask 022
        {
            printf 'Name: slipway-libraries\nVersion: 1\nRelease: 1\nSummary: Libraries of this root\nLicense: none\nBuildArch: noarch\nAutoReqProv: no\n'
            find /usr/lib/*-linux-gnu /usr/lib64 -maxdepth 1 -name '*.so*' | /usr/lib/rpm/rpmdeps --provides | sort -u | sed 's/^/Provides: /'
            printf 'Provides: rtld(GNU_HASH)\n%%description\nLibraries.\n%%files\n'
        } > /tmp/slipway-libraries.spec
        rpmbuild -bb --quiet --define '_topdir /tmp/rpmbuild' /tmp/slipway-libraries.spec
        rpm --force-debian -U --replacepkgs --justdb /tmp/rpmbuild/RPMS/noarch/slipway-libraries-*.rpm
        rpm --force-debian -U --oldpackage --nosignature /tmp/debs/*.rpm
        ldconfig
        rm -rf /root/.rpmdb
        """;

    /// <summary>Installs the project's pacman packages; pacman checks what they need against what is registered.</summary>
    internal const string InstallPacman = """
        set -e
        umask 022
        # Debian's configuration has pacman look for free space on file systems that it cannot see from inside.
        echo '[options]' > /tmp/pacman.conf
        pacman --config /tmp/pacman.conf -U --noconfirm --noprogressbar /tmp/debs/*.pkg.tar.*
        ldconfig
        """;

    internal static string All => Bootstrap + Install + UnpackRpms + InstallRpms + UnpackPacman + InstallPacmans + RegisterRpm + RegisterPacman;
}
