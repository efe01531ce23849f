using Slipway.Builds.Conversion;
using Slipway.Sandbox;

namespace Slipway.Builds.Tests.BuildRoots;

public sealed class ConversionTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-convert-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Deb_becomes_a_specification_with_its_relations_and_files_at_their_merged_places()
    {
        var spec = RpmConversion.Specification(Deb());
        foreach (var line in new[]
        {
            "Name: x", "Version: 1.2", "Release: 3", "Epoch: 2", "Requires: libc6 >= 2.36", "Requires: (a or b < 1:2-3)", "Provides: virtual = 1-0",
            "Requires(pre): slipway-filesystem", "%attr(755, root, root) \"/usr/bin/tool\"", "%config(noreplace) %attr(644, root, root) \"/etc/x.conf\"", "%attr(755, root, root) \"/usr/lib/libx.so.1\"",
        })
            Assert.Contains(line, spec.Split('\n'));
        Assert.Contains("AutoProv: yes", spec, StringComparison.Ordinal);
        Assert.DoesNotContain("\"/bin", spec, StringComparison.Ordinal);
    }

    [Fact]
    public void Deb_becomes_a_PKGBUILD_that_takes_the_alternative_that_was_chosen()
    {
        var lines = PacmanConversion.Recipe(Deb(), new HashSet<string> { "b", "x" }).Split('\n');
        Assert.Contains("epoch=2", lines);
        Assert.Contains("pkgver='1.2_3'", lines);
        Assert.Contains("depends=('slipway-filesystem' 'libc6>=2.36' 'b<1:2_3')", lines);
        Assert.Contains("provides=('virtual=1')", lines);
        Assert.Contains("pkgdesc='It'\\''s a $(test) %package'", lines);
    }

    private ConvertedPackage Deb()
    {
        var root = Path.Combine(_directory, "root");
        foreach (var (name, text) in new[]
        {
            ("DEBIAN/control", "Package: x\nVersion: 2:1.2-3\nArchitecture: amd64\nMaintainer: A <a@example.org>\nDepends: libc6 (>= 2.36), a | b (<< 1:2-3)\nProvides: virtual (= 1)\nDescription: It's a $(test) %package\n"),
            ("bin/tool", "#!/bin/sh\n"), ("etc/x.conf", "c\n"), ("lib/libx.so.1", "l\n"),
        })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(root, name))!);
            File.WriteAllText(Path.Combine(root, name), text);
        }
        File.SetUnixFileMode(Path.Combine(root, "bin/tool"), (UnixFileMode)0x1ed);
        var deb = Path.Combine(_directory, "x.deb");
        ChildProcess.Run(new("dpkg-deb", "--root-owner-group", "--build", root, deb)).Require("dpkg-deb");
        return ConvertedPackage.Read(deb, "x.deb");
    }
}
