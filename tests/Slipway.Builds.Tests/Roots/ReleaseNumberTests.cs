using Slipway.Builds.Roots;
using Slipway.Packages;
using Slipway.Sandbox;

namespace Slipway.Builds.Tests.Roots;

public sealed class ReleaseNumberTests : IDisposable
{
    private readonly string _source = Directory.CreateTempSubdirectory("slipway-release").FullName;

    public void Dispose() => Directory.Delete(_source, recursive: true);

    private string Write(string file, string text)
    {
        var path = Path.Combine(_source, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    [Fact]
    public void A_deb_gets_an_entry_that_dpkg_reads()
    {
        var file = Write("debian/changelog", "greet (2:1.0-3) unstable; urgency=low\n\n  * First.\n\n -- Ann <ann@example.org>  Mon, 01 Jan 2024 00:00:00 +0000\n");
        ReleaseNumber.Write(_source, PackageType.Deb, 2, 1_700_000_000);
        string Field(string name) => System.Text.Encoding.UTF8.GetString(ChildProcess.Run(new ChildCommand("dpkg-parsechangelog", ["-l", file, "-S", name])).Require("dpkg-parsechangelog").Output).Trim();
        Assert.Equal(("greet", "2:1.0-3+r2", "unstable", "1700000000"), (Field("Source"), Field("Version"), Field("Distribution"), Field("Timestamp")));
    }

    [Theory]
    [InlineData("Name: greet\nRelease:  1%{?dist}\nVersion: 1\n", "Name: greet\nRelease:  1%{?dist}.1\nVersion: 1\n")]
    [InlineData("release: 4\nsummary: Release: 7\n", "release: 4.1\nsummary: Release: 7\n")]
    public void A_spec_gets_a_higher_release(string text, string expected)
    {
        var file = Write("greet.spec", text);
        ReleaseNumber.Write(_source, PackageType.Rpm, 1, 0);
        Assert.Equal(expected, File.ReadAllText(file));
    }

    [Fact]
    public void A_PKGBUILD_gets_a_higher_release()
    {
        var file = Write("PKGBUILD", "pkgname=greet\npkgrel=3\n");
        ReleaseNumber.Write(_source, PackageType.Pacman, 12, 0);
        Assert.Equal("pkgname=greet\npkgrel=3.12\n", File.ReadAllText(file));
    }

    [Fact]
    public void The_first_build_is_left_as_it_is()
    {
        var file = Write("PKGBUILD", "pkgrel=3\n");
        ReleaseNumber.Write(_source, PackageType.Pacman, 0, 0);
        Assert.Equal("pkgrel=3\n", File.ReadAllText(file));
    }

    [Fact]
    public void A_link_out_of_the_package_is_not_followed()
    {
        var outside = Directory.CreateTempSubdirectory("slipway-outside").FullName;
        try
        {
            File.WriteAllText(Path.Combine(outside, "changelog"), "greet (1.0) unstable; urgency=low\n");
            Directory.CreateSymbolicLink(Path.Combine(_source, "debian"), outside);
            ReleaseNumber.Write(_source, PackageType.Deb, 1, 0);
            Assert.Equal("greet (1.0) unstable; urgency=low\n", File.ReadAllText(Path.Combine(outside, "changelog")));
        }
        finally
        {
            Directory.Delete(outside, recursive: true);
        }
    }
}
