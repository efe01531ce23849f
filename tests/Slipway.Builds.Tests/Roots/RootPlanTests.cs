using System.Text;
using System.Text.Json;
using Slipway.Builds.Roots;
using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Builds.Tests.BuildRoots;

public sealed class RootPlanTests
{
    private static readonly HashSet<string> None = [];

    [Fact]
    public void Each_layer_adds_what_the_one_below_lacks()
    {
        var plan = RootPlan.Stack([Set("a"), Set("a", "b"), Set("a", "b", "c", "d")], None);
        Assert.Equal(["a", "b", "c d"], plan.Layers.Select(l => string.Join(' ', l.Packages.Select(p => p.Name))));
        Assert.Equal(4, plan.Layers[^1].Installed.Count);
    }

    [Fact]
    public void Set_that_adds_nothing_makes_no_layer() =>
        Assert.Equal(2, RootPlan.Stack([Set("a"), Set("a", "b"), Set("b", "a")], None).Layers.Count);

    [Fact]
    public void Set_that_lacks_something_of_the_one_below_starts_from_the_last_it_contains()
    {
        var plan = RootPlan.Stack([Set("a"), Set("a", "b"), Set("a", "c")], None);
        Assert.Equal(["a", "c"], plan.Layers.Select(l => Assert.Single(l.Packages).Name));
        Assert.Equal("x", Assert.Single(Assert.Single(RootPlan.Stack([Set("a"), Set("x")], None).Layers).Packages).Name);
    }

    [Fact]
    public void Key_is_that_of_the_set_and_not_of_its_order()
    {
        Assert.Equal(Key(Set("a", "b")), Key(Set("b", "a")));
        Assert.NotEqual(Key(Set("a", "b")), Key(Set("a")));
        Assert.NotEqual(Key(Set("a")), Key([Package("a") with { Digest = Digest.Of("other"u8) }]));
    }

    [Fact]
    public void Solver_record_has_the_ancestors_shape()
    {
        var text = SolverJson.Write("hello", [Package("zlib") with { Reason = "needed by gcc 1" }, Package("gcc") with { InstalledSize = 2048 }]);
        Assert.StartsWith("{\n    \"image\": \"hello\",\n    \"resolved-packages\": {\n        \"gcc\": {\n            \"arch\": \"amd64\",\n            \"installsize_bytes\": 2048,", text, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(text);
        var zlib = json.RootElement.GetProperty("resolved-packages").GetProperty("zlib");
        Assert.Equal(["arch", "installsize_bytes", "source", "status", "version"], zlib.EnumerateObject().Select(p => p.Name));
        Assert.Equal("added_by_dependency_solver", zlib.GetProperty("status").GetString());
    }

    [Fact]
    public void Registration_says_names_and_nothing_else()
    {
        InstalledPackage[] installed = [new("gcc", "4:12.2.0-3", "amd64", "c-compiler, gcc-x86-64-linux-gnu (= 4:12.2.0-3), X;evil")];
        var spec = Encoding.UTF8.GetString(RootRegistration.RpmSpecification(installed, []));
        Assert.Contains("Provides: gcc = 4:12.2.0-3\nProvides: c-compiler\nProvides: gcc-x86-64-linux-gnu = 4:12.2.0-3\nProvides: /bin/sh\n", spec, StringComparison.Ordinal);
        Assert.DoesNotContain("evil", spec, StringComparison.Ordinal);
        using var tar = new MemoryStream(RootRegistration.PacmanDatabase(installed));
        var reader = new TarReader(tar);
        var names = new List<string>();
        while (reader.Next() is { } entry)
            names.Add(entry.Name.ToString());
        Assert.Equal(["ALPM_DB_VERSION", "gcc-4:12.2.0_3-1/desc", "gcc-4:12.2.0_3-1/files"], names);
    }

    [Fact]
    public void Paragraphs_of_control_files_are_read_with_continuations_and_comments()
    {
        var stanzas = ControlText.Stanzas("# c\nA: 1\nB: 2,\n 3\n\n\nA: 4\r\n").ToList();
        Assert.Equal(["1", "4"], stanzas.Select(s => s["a"]));
        Assert.Equal("2,\n3", stanzas[0]["B"]);
    }

    private static string Key(IReadOnlyList<ResolvedPackage> set) => RootPlan.Stack([set], None).Layers[0].Key;

    private static IReadOnlyList<ResolvedPackage> Set(params string[] names) => [.. names.Select(Package)];

    private static ResolvedPackage Package(string name) => new(name, "1", "amd64", "repository", name + ".deb", Digest.Of(Encoding.UTF8.GetBytes(name)), 1, "asked for");
}
