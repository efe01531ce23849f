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
        var differences = new List<string>();
        var reports = scenario.Versions.ToDictionary(step => step.Version, step => scenario.Build(step));
        foreach (var step in scenario.Versions)
        {
            CompareManifests(scenario, step.Version, differences);
            CompareFiles(scenario, step.Version, differences);
            CompareZeroPacks(scenario, step.Version, differences);
            ComparePairs(scenario, step.Version, reports.Values, differences);
            CompareDeltaPacks(scenario, step.Version, differences);
            CompareManifestDeltas(scenario, step.Version, differences);
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

    /// <summary>A pair that the original misses at the end of its lists is a difference that is allowed; one that we miss is not.</summary>
    private static void ComparePairs(VectorScenario scenario, uint version, IEnumerable<CreateReport> reports, List<string> differences)
    {
        var got = reports.SelectMany(r => r.DeltaCandidates).Where(c => c.Pair.To.Version == version)
            .DistinctBy(c => c.Pair.Name).ToDictionary(c => c.Pair.Name, c => c.Outcome);
        var wanted = File.ReadAllLines(scenario.Expected(version, "delta-candidates.txt")).Where(l => l.Length > 0).Select(l => l.Split('\t')).ToList();
        foreach (var line in wanted)
            if (!got.TryGetValue(line[0], out var outcome)) differences.Add($"{version}: pair not considered: {line[0]} {line[1]}");
            else if (line[1] == "made" && outcome is not (DeltaOutcome.Made or DeltaOutcome.TooLarge)) differences.Add($"{version}: {outcome}: {line[0]}");
        var ends = scenario.Versions.Select(v => Manifest.Parse(File.ReadAllBytes(scenario.Published(v.Version, "Manifest.full")), "full")
            .Records.Max(r => r.Name)).ToList();
        var all = reports.SelectMany(r => r.DeltaCandidates).Select(c => c.Pair).DistinctBy(p => p.Name).ToDictionary(p => p.Name);
        foreach (var pair in got.Keys.Except(wanted.Select(w => w[0])))
            if (!ends.Any(end => all[pair].To.Name >= end || all[pair].From.Name >= end)) differences.Add($"{version}: pair too many: {pair}");
        var kept = Names(scenario.Published(version, "delta"), "*").ToHashSet();
        if (!kept.SetEquals(got.Where(c => c.Value == DeltaOutcome.Made).Select(c => c.Key))) differences.Add($"{version}: delta directory");
    }

    private static void CompareDeltaPacks(VectorScenario scenario, uint version, List<string> differences)
    {
        var expected = ExpectedPacks(scenario, version).Where(p => !p.Name.EndsWith("-from-0.tar", StringComparison.Ordinal)).ToList();
        var actual = Names(scenario.Published(version), "pack-*.tar").Where(n => !n.EndsWith("-from-0.tar", StringComparison.Ordinal)).ToList();
        if (!expected.Select(p => p.Name).Order(StringComparer.Ordinal).SequenceEqual(actual))
            differences.Add($"{version}: packs {string.Join(' ', actual)} instead of {string.Join(' ', expected.Select(p => p.Name))}");
        var kept = scenario.Versions.SelectMany(v => Names(scenario.Published(v.Version, "delta"), "*")).Select(n => "delta/" + n).ToHashSet();
        foreach (var (name, members) in expected.Where(p => actual.Contains(p.Name)))
        {
            var got = PackReader.Read(scenario.Published(version, name)).Select(m => m.Name).ToHashSet();
            // Another encoder keeps other deltas: what comes as a delta there may come as a full file here, and the other way round.
            var delivered = got.Select(Delivered).ToHashSet();
            var want = members.Select(Delivered).ToHashSet();
            differences.AddRange(want.Except(delivered).Select(l => $"{version}/{name} lacks {l}"));
            differences.AddRange(delivered.Except(want).Select(l => $"{version}/{name} has  {l}"));
            differences.AddRange(members.Where(m => kept.Contains(m) && !got.Contains(m)).Select(m => $"{version}/{name} lacks {m}"));
        }
    }

    private static string Delivered(string member) =>
        member.StartsWith("delta/10", StringComparison.Ordinal) ? "staged/" + member[(member.LastIndexOf('-') + 1)..] : member;

    private static void CompareManifestDeltas(VectorScenario scenario, uint version, List<string> differences)
    {
        var mom = Manifest.Parse(File.ReadAllBytes(scenario.Published(version, "Manifest.MoM")), Manifest.MoM);
        var got = Names(scenario.Published(version), "Manifest-*");
        var want = File.ReadAllLines(scenario.Expected(version, "manifest-deltas.txt")).Where(l => l.Length > 0);
        differences.AddRange(want.Except(got).Select(l => $"{version}: {l} is missing"));
        foreach (var name in got)
        {
            var parts = name["Manifest-".Length..].Split("-delta-from-");
            var old = File.ReadAllBytes(scenario.Published(uint.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture), "Manifest." + parts[0]));
            var made = DeltaDecoder.Apply(File.ReadAllBytes(scenario.Published(version, name)), old, name);
            var row = mom.Records.Single(r => r.Name.ToString() == parts[0]);
            if (made is null || SwupdHash.OfManifest(made) != row.Hash) differences.Add($"{version}: {name} does not give the manifest");
        }
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
