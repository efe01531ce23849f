namespace Slipway.Builds.Tests.BuildRoots;

/// <summary>A small real package: one C program, with a recipe of each type.</summary>
internal static class SampleSources
{
    internal static string Write(string directory, string buildRequires = "gcc", string makeCheck = "true", string? script = null)
    {
        Directory.CreateDirectory(Path.Combine(directory, "debian/source"));
        if (script is not null)
        {
            File.WriteAllText(Path.Combine(directory, "check.sh"), script);
            makeCheck = "sh ./check.sh";
        }
        foreach (var (name, text) in new[]
        {
            ("greet.c", "#include <stdio.h>\nint main(void) { puts(\"greetings\"); return 0; }\n"),
            ("debian/control", $"Source: greet\nMaintainer: A <a@example.org>\nStandards-Version: 4.6.2\nBuild-Depends: {buildRequires}\n\nPackage: greet\nArchitecture: any\nDescription: Greets\n"),
            ("debian/changelog", "greet (1.0) unstable; urgency=low\n\n  * First.\n\n -- A <a@example.org>  Fri, 20 Nov 2026 00:00:00 +0000\n"),
            ("debian/source/format", "3.0 (native)\n"),
            ("debian/rules", $"#!/usr/bin/make -f\nbuild: greet\ngreet:\n\t{makeCheck}\n\tgcc -o greet greet.c\nbinary: build\n\tinstall -D greet debian/greet/usr/bin/greet\n\tmkdir -p debian/greet/DEBIAN\n\tdpkg-gencontrol -Pdebian/greet\n\tdpkg-deb --root-owner-group --build debian/greet ..\nbinary-arch: binary\nbinary-indep:\nclean:\n\trm -f greet\n"),
            ("greet.spec", $"Name: greet\nVersion: 1.0\nRelease: 1\nSummary: Greets\nLicense: MIT\nBuildRequires: {buildRequires}\n%description\nGreets.\n%build\n{makeCheck}\ngcc -o greet %{{_sourcedir}}/greet.c\n%install\ninstall -D greet %{{buildroot}}/usr/bin/greet\n%files\n/usr/bin/greet\n"),
            ("PKGBUILD", $"pkgname=greet\npkgver=1.0\npkgrel=1\npkgdesc=Greets\narch=(x86_64)\nlicense=(MIT)\ndepends=(libc6)\nmakedepends=({buildRequires})\nsource=(greet.c)\nsha256sums=(SKIP)\nbuild() {{ {makeCheck}; gcc -o greet greet.c; }}\npackage() {{ install -D greet \"$pkgdir/usr/bin/greet\"; }}\n"),
        })
            File.WriteAllText(Path.Combine(directory, name), text);
        File.SetUnixFileMode(Path.Combine(directory, "debian/rules"), (UnixFileMode)0x1ed);
        return directory;
    }
}
