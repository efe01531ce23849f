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
    public void Root_from_repositories_is_read()
    {
        var root = Dist.Parse("""
            name: tw
            type: rpm
            root:
              from: dnf
              base: [rpm-build, gcc]
              repositories:
                - {name: oss, url: "https://www.example.org/tw", unsigned: true, priority: 5}
                - {name: own, url: "file:///srv/own", keys: "-----BEGIN PGP PUBLIC KEY BLOCK-----"}
            """, "tw.yml").Root;
        Assert.Equal(("dnf", ""), (root.From, root.Sources));
        Assert.Equal([("oss", 5, true), ("own", 0, false)], root.Repositories.Select(r => (r.Name, r.Priority, r.Source.Keys is null)));
        Assert.Equal("kiwi", Dist.Parse("name: k\ntype: deb\nroot: {from: kiwi}\n", "k.yml").Root.From);
    }

    [Theory]
    [InlineData("root: {from: dnf, base: [a]}", "needs `repositories`")]
    [InlineData("root: {from: dnf, repositories: [{name: a, url: 'https://www.example.org', unsigned: true}]}", "`base` is missing")]
    [InlineData("root: {from: dnf, base: [a], repositories: [{name: a, url: 'https://www.example.org'}]}", "nothing says who signs")]
    [InlineData("root: {from: dnf, base: [a], repositories: [{name: a, url: 'rsync://www.example.org', unsigned: true}]}", "no http, https or file address")]
    [InlineData("root: {from: dnf, sources: host, base: [a], repositories: [{name: a, url: 'https://www.example.org', unsigned: true}]}", "apt's sources of this machine")]
    [InlineData("root: {from: pacman, base: [a]}", "builds pacman packages only")]
    [InlineData("root: {from: kiwi, base: [a]}", "build_root.kiwi")]
    [InlineData("root: {from: yum}", "not known")]
    public void Mistake_in_a_root_is_refused_with_its_line(string root, string words)
    {
        var refused = Assert.Throws<ConfigException>(() => Dist.Parse($"name: a\ntype: rpm\n{root}", "dists/a.yml"));
        Assert.Contains(refused.Errors, e => e.Message.Contains(words, StringComparison.Ordinal) && e.Line == 3);
    }

    [Fact]
    public void Dist_that_extends_another_and_has_a_part_for_an_architecture_says_only_what_differs()
    {
        var files = new Dictionary<string, string>
        {
            ["base"] = "name: base\ntype: rpm\nroot: {from: apt, base: [build-essential]}\nmacros: {vendor: Harbor, dist: b}\nbuild_options: [nocheck]\n",
            ["more"] = "name: more\nextends: base\nmacros: {dist: m}\narchitectures:\n  aarch64: {macros: {march: armv8}, build_options: []}\n",
            ["loop"] = "name: loop\nextends: round\n",
            ["round"] = "name: round\nextends: loop\n",
            ["astray"] = "name: astray\nextends: nowhere\n",
            ["wrong"] = "name: wrong\nextends: base\nmemroy: 3\n",
        };
        string Whole(string name) => DistText.Whole(name, files.GetValueOrDefault)!;
        var more = Dist.Parse(Whole("more"), "dists/more.yml");
        Assert.Equal(("more", PackageType.Rpm, "x86_64"), (more.Name, more.Type, more.Architecture));
        Assert.Equal(["dist=m", "vendor=Harbor"], more.Macros.Select(m => $"{m.Key}={m.Value}").Order(StringComparer.Ordinal));
        Assert.Equal(["nocheck"], more.BuildOptions);
        var arm = Dist.Parse(Whole("more"), "dists/more.yml", "aarch64");
        Assert.Equal(("aarch64", "armv8"), (arm.Architecture, arm.Macros["march"]));
        Assert.Empty(arm.BuildOptions);
        Assert.Equal(["more", "base"], DistText.Chain("more", files.GetValueOrDefault));
        Assert.Null(DistText.Whole("none", files.GetValueOrDefault));
        Assert.Contains("itself", Assert.Throws<ConfigException>(() => Whole("loop")).Message, StringComparison.Ordinal);
        Assert.Contains("dists/astray.yml:2", Assert.Throws<ConfigException>(() => Whole("astray")).Errors[0].ToString(), StringComparison.Ordinal);
        var error = Assert.Throws<ConfigException>(() => Dist.Parse(Whole("wrong"), "dists/wrong.yml")).Errors[0];
        Assert.Equal(("dists/wrong.yml", 3), (error.File, error.Line));
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
