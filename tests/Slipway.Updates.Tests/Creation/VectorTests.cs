using System.Text;

namespace Slipway.Updates.Tests.Creation;

public class VectorTests
{
    public static TheoryData<string> Scenarios() =>
    [
        "hash-nodes", "lifecycle", "minversion-format", "includes", "export-variants", "delta-sizes", "renames-types", "names-debuginfo",
    ];

    public static TheoryData<string> Errors() =>
        [.. Directory.EnumerateDirectories(Path.Combine(TestData.Vectors, "errors")).Select(d => Path.GetFileName(d)!).Order()];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Content_is_that_of_the_original_engine(string name)
    {
        using var scenario = new VectorScenario(Path.Combine(TestData.Vectors, name));
        foreach (var step in scenario.Versions) scenario.Build(step);
        var differences = new List<string>();
        foreach (var step in scenario.Versions)
        {
            CompareManifests(scenario, step.Version, differences);
            CompareFiles(scenario, step.Version, differences);
            CompareZeroPacks(scenario, step.Version, differences);
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences.Take(60)));
    }

    [Theory]
    [MemberData(nameof(Errors))]
    public void Wrong_input_is_refused_and_no_MoM_is_published(string name)
    {
        using var scenario = new VectorScenario(Path.Combine(TestData.Vectors, "errors", name));
        var step = Assert.Single(scenario.Versions);
        var error = Assert.Throws<Slipway.Content.SlipwayException>(() => scenario.Build(step));
        Assert.NotEmpty(error.Why);
        Assert.False(File.Exists(scenario.Published(step.Version, "Manifest.MoM")));
        Assert.False(Directory.Exists(scenario.State("www/version")));
    }

    private static void CompareManifests(VectorScenario scenario, uint version, List<string> differences)
    {
        var expected = Names(Path.GetDirectoryName(scenario.Expected(version, "x"))!, "Manifest.*");
        var actual = Names(scenario.Published(version), "Manifest.*").Where(n => !n.EndsWith(".tar", StringComparison.Ordinal)).ToList();
        if (!expected.SequenceEqual(actual))
            differences.Add($"{version}: manifests {string.Join(' ', actual)} instead of {string.Join(' ', expected)}");
        foreach (var name in expected.Intersect(actual))
        {
            var want = Encoding.Latin1.GetString(File.ReadAllBytes(scenario.Expected(version, name))).Split('\n');
            var got = Encoding.Latin1.GetString(File.ReadAllBytes(scenario.Published(version, name))).Split('\n');
            differences.AddRange(want.Except(got).Select(l => $"{version}/{name} lacks {l}"));
            differences.AddRange(got.Except(want).Select(l => $"{version}/{name} has  {l}"));
            if (want.Order().SequenceEqual(got.Order()) && !want.SequenceEqual(got)) differences.Add($"{version}/{name}: order of lines");
        }
    }

    private static void CompareFiles(VectorScenario scenario, uint version, List<string> differences)
    {
        var want = File.ReadAllLines(scenario.Expected(version, "files.txt")).Where(l => l.Length > 0).ToHashSet();
        var got = Names(scenario.Published(version, "files"), "*.tar").Select(n => n[..^4]).ToHashSet();
        differences.AddRange(want.Except(got).Select(l => $"{version}/files lacks {l}"));
        differences.AddRange(got.Except(want).Select(l => $"{version}/files has  {l}"));
        foreach (var hash in got)
        {
            var item = Fullfile.Describe(scenario.Published(version, $"files/{hash}.tar"), SwupdHash.Parse(hash));
            if (PackReader.HashOf(item) != hash) differences.Add($"{version}/files/{hash} does not have this hash");
        }
    }

    private static void CompareZeroPacks(VectorScenario scenario, uint version, List<string> differences)
    {
        foreach (var (name, members) in ExpectedPacks(scenario, version).Where(p => p.Name.EndsWith("-from-0.tar", StringComparison.Ordinal)))
        {
            var file = scenario.Published(version, name);
            if (!File.Exists(file))
            {
                differences.Add($"{version}/{name} is missing");
                continue;
            }

            var got = PackReader.Read(file).Select(m => m.Name).ToHashSet();
            differences.AddRange(members.Except(got).Select(l => $"{version}/{name} lacks {l}"));
            differences.AddRange(got.Except(members).Select(l => $"{version}/{name} has  {l}"));
        }

        var unexpected = Names(scenario.Published(version), "pack-*-from-0.tar").Except(ExpectedPacks(scenario, version).Select(p => p.Name));
        differences.AddRange(unexpected.Select(n => $"{version}/{n} is not expected"));
    }

    internal static List<(string Name, HashSet<string> Members)> ExpectedPacks(VectorScenario scenario, uint version)
    {
        var packs = new List<(string Name, HashSet<string> Members)>();
        foreach (var line in File.ReadAllLines(scenario.Expected(version, "packs.txt")).Where(l => l.Length > 0))
            if (line[0] == '\t') packs[^1].Members.Add(line[1..]);
            else packs.Add((line.Split('\t')[0], []));
        return packs;
    }

    private static List<string> Names(string directory, string pattern) =>
        !Directory.Exists(directory) ? [] : [.. Directory.EnumerateFiles(directory, pattern).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
}
