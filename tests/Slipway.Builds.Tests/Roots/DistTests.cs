using Slipway.Builds.Roots;
using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Builds.Tests.BuildRoots;

public sealed class DistTests
{
    [Fact]
    public void Everything_a_dist_file_may_say_is_read()
    {
        var dist = Dist.Parse("""
            name: rpm
            type: rpm
            root: {from: apt, sources: host, base: [build-essential, rpm]}
            build_options: [nocheck]
            environment: {CFLAGS: -O2}
            macros: {vendor: Harbor}
            repositories:
              - {name: base, from: apt, packages: [libc6]}
            limits: {memory: 512, processes: 100, wall: 30, silence: 5, disk: 2048, processors: 1, log: 8}
            ccache: true
            """, "dists/rpm.yml");
        Assert.Equal((PackageType.Rpm, "x86_64", "rpm"), (dist.Type, dist.Architecture, dist.Name));
        Assert.Equal(["build-essential", "rpm"], dist.Root.Base);
        Assert.Equal((512L << 20, 100, TimeSpan.FromMinutes(30)), (dist.Limits.MemoryBytes, dist.Limits.Processes, dist.Limits.Wall));
        Assert.Equal((TimeSpan.FromMinutes(5), 2L << 30, 1), (dist.Limits.Silence, dist.Limits.DiskBytes, dist.Limits.Processors));
        Assert.Equal((8L << 20, true), (dist.LogBytes, dist.CompilerCache));
        Assert.Equal("libc6", Assert.Single(Assert.Single(dist.Repositories).Packages));
        Assert.Equal("-O2", dist.Environment["CFLAGS"]);
    }

    [Theory]
    [InlineData("name: a\ntype: deb\nroot: {from: apt}\nbuild_optoins: [nocheck]", "build_optoins", 4)]
    [InlineData("name: a\ntype: cake\nroot: {from: apt}", "rpm, deb, pacman", 2)]
    [InlineData("name: a\nroot: {from: apt}", "type", 1)]
    [InlineData("name: b\ntype: deb\nroot: {from: apt}", "a.yml", 1)]
    [InlineData("name: a\ntype: deb\nroot: {from: dnf}", "dnf", 3)]
    [InlineData("name: a\ntype: deb\nroot: {from: apt, base: ['x; rm -rf /']}", "rm -rf", 3)]
    [InlineData("name: a\ntype: deb\nroot: {from: apt}\nbuild_options: ['a b']", "a b", 4)]
    [InlineData("name: a\ntype: deb\nroot: {from: apt}\nenvironment: {'A B': x}", "A B", 4)]
    [InlineData("name: a\ntype: deb\nroot: {from: apt}\nlimits: {memory: 1}", "memory", 4)]
    [InlineData("name: a\ntype: deb\nroot: {from: apt}\narchitecture: sparc", "sparc", 4)]
    public void Mistake_is_refused_with_its_line(string text, string names, int line)
    {
        var refused = Assert.Throws<ConfigException>(() => Dist.Parse(text, "dists/a.yml"));
        Assert.Contains(refused.Errors, e => e.ToString().Contains(names, StringComparison.Ordinal) && e.Line == line && e.File == "dists/a.yml");
    }

    [Fact]
    public void Fingerprint_follows_what_changes_a_build()
    {
        const string Text = "name: a\ntype: deb\nroot: {from: apt, base: [build-essential]}\n";
        var one = Dist.Parse(Text, "a.yml").Fingerprint;
        Assert.Equal(one, Dist.Parse(Text + "# a comment\n", "a.yml").Fingerprint);
        Assert.NotEqual(one, Dist.Parse(Text + "build_options: [nocheck]\n", "a.yml").Fingerprint);
    }
}
