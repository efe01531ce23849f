using System.Globalization;
using Slipway.Compose.Workspace;
using Slipway.Content;
using Slipway.Updates;

namespace Slipway.Compose.Mixing;

/// <summary>Which versions get deltas to a version, and how much they may cost.</summary>
public sealed record DeltaRequest
{
    /// <summary>Named versions.</summary>
    public IReadOnlyList<uint> From { get; init; } = [];

    /// <summary>So many versions back. Unset (0): none by number.</summary>
    public int PreviousVersions { get; init; }

    /// <summary>Also from the first version of the format.</summary>
    public bool FromFirst { get; init; }

    /// <summary>How many devices are at a version: those versions are taken, the ones with most to gain first. Unset: each counts as one.</summary>
    public IReadOnlyDictionary<uint, long> Devices { get; init; } = new Dictionary<uint, long>();

    /// <summary>The version to go to. Unset: the last one that was made.</summary>
    public uint? To { get; init; }

    /// <summary>False makes manifest deltas only.</summary>
    public bool Packs { get; init; } = true;

    /// <summary>Most bytes of all delta packs together. Unset: no limit.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>No further version is begun after this time. Unset: no limit.</summary>
    public TimeSpan? MaxTime { get; init; }
}

/// <summary>What a version's devices need for the update, and what deltas make of it.</summary>
/// <param name="FullBytes">Full files of what differs, as published.</param>
/// <param name="PackBytes">Delta packs from this version; 0 where none were made.</param>
/// <param name="Outcome">In words: made, or why not.</param>
public sealed record DeltaCoverage(uint From, long Devices, long FullBytes, long PackBytes, string Outcome)
{
    public bool IsCovered => Outcome == MadeOutcome;

    internal const string MadeOutcome = "made";
}

/// <summary>`mix build delta-packs` and `delta-manifests`.</summary>
public sealed class MixDeltas(MixWorkspace mix, MixTools tools)
{
    private readonly MixContent _content = new(mix, tools);

    /// <summary>Makes deltas, most gain first, until all are made or the budget is used up. Of what does not fit nothing stays.</summary>
    public IReadOnlyList<DeltaCoverage> Make(DeltaRequest request, MixBuildOptions options, CancellationToken cancellation)
    {
        var to = PublishedVersion.Open(mix.Config.StateDirectory, request.To ?? mix.LastVersion);
        var begun = mix.Clock.GetTimestamp();
        long used = 0;
        var coverage = new List<DeltaCoverage>();
        foreach (var (from, devices, full) in Ordered(request, to))
        {
            cancellation.ThrowIfCancellationRequested();
            if (request.MaxTime is { } time && mix.Clock.GetElapsedTime(begun) >= time)
            {
                coverage.Add(new DeltaCoverage(from, devices, full, 0, "no time left"));
                continue;
            }
            if (PublishedVersion.Open(mix.Config.StateDirectory, from).MoM.Format != to.MoM.Format)
            {
                coverage.Add(new DeltaCoverage(from, devices, full, 0, "of another format"));
                continue;
            }
            var before = PacksFrom(from, to);
            Create(to, from, request.Packs, options, cancellation);
            var bytes = PacksFrom(from, to).Sum(f => new FileInfo(f).Length);
            if (request.MaxBytes is { } most && used + bytes > most)
            {
                foreach (var pack in PacksFrom(from, to).Except(before))
                    File.Delete(pack);
                coverage.Add(new DeltaCoverage(from, devices, full, 0, $"its {bytes} bytes do not fit into the budget"));
                continue;
            }
            used += bytes;
            coverage.Add(new DeltaCoverage(from, devices, full, bytes, DeltaCoverage.MadeOutcome));
            tools.Say($"deltas from {from} to {to.Version}: {bytes} bytes of packs instead of {full}");
        }
        // Devices may be at versions whose content was removed: they update without deltas.
        coverage.AddRange(request.Devices.Where(d => d.Key < to.Version && !IsPublished(d.Key)).Select(d => new DeltaCoverage(d.Key, d.Value, 0, 0, "not published any more")));
        return coverage;
    }

    /// <summary>Versions and counts of devices, one pair a line: <c>1180, 2500</c>.</summary>
    public static IReadOnlyDictionary<uint, long> ReadDevices(string file)
    {
        var errors = new List<ConfigError>();
        var devices = new SortedDictionary<uint, long>();
        var number = 0;
        foreach (var line in File.ReadLines(file).Take(1_000_000))
        {
            number++;
            var text = line.Split('#')[0].Trim();
            if (text.Length == 0)
                continue;
            if (text.Split([',', ' ', '\t', ';'], StringSplitOptions.RemoveEmptyEntries) is [var version, var count]
                && uint.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var v) && long.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var c))
                devices[v] = devices.GetValueOrDefault(v) + c;
            else if (number > 1)
                errors.Add(new ConfigError(file, number, $"'{text}' is not a version and a count", "Write VERSION,COUNT"));
        }
        return errors.Count == 0 ? devices : throw new ConfigException(errors);
    }

    private List<(uint From, long Devices, long FullBytes)> Ordered(DeltaRequest request, PublishedVersion to)
    {
        var chain = Chain(to);
        var wanted = request.From.Concat(request.PreviousVersions > 0 ? chain.Take(request.PreviousVersions) : [])
            .Concat(request.FromFirst && chain.Count > 0 ? [chain.Last(v => FormatOf(v) == to.MoM.Format)] : [])
            .Concat(request.Devices.Keys.Where(v => v < to.Version && IsPublished(v))).Distinct();
        return [.. wanted.Select(v => (v, request.Devices.GetValueOrDefault(v, 1), FullBytes(v, to)))
            // Devices times bytes is the most that deltas can save.
            .OrderByDescending(v => (double)v.Item2 * v.Item3).ThenByDescending(v => v.v)];
    }

    /// <summary>The versions that this one follows, the nearest first, back to the first whose content is there.</summary>
    private List<uint> Chain(PublishedVersion to)
    {
        var chain = new List<uint>();
        for (var at = to.MoM.Previous; at > 0 && IsPublished(at); at = PublishedVersion.Open(mix.Config.StateDirectory, at).MoM.Previous)
            chain.Add(at);
        return chain;
    }

    private bool IsPublished(uint version) => File.Exists(Path.Combine(mix.ContentOf(version), "Manifest.MoM"));

    private int FormatOf(uint version) => PublishedVersion.Open(mix.Config.StateDirectory, version).MoM.Format;

    private long FullBytes(uint from, PublishedVersion to)
    {
        var old = PublishedVersion.Open(mix.Config.StateDirectory, from).Full.Records.Where(r => r.IsPresent).Select(r => (r.Name, r.Hash)).ToHashSet();
        return to.Full.Records.Where(r => r.IsPresent && !old.Contains((r.Name, r.Hash))).DistinctBy(r => r.Hash)
            .Select(r => new FileInfo(Path.Combine(mix.ContentOf(r.Version), "files", $"{r.Hash}.tar"))).Sum(f => f.Exists ? f.Length : 0);
    }

    private void Create(PublishedVersion to, uint from, bool packs, MixBuildOptions options, CancellationToken cancellation)
    {
        var mom = to.MoM;
        ContentCreation.Create(_content.Options(mom.Version, mom.Previous, mom.Format, options) with
        {
            Bundles = [.. mom.Records.Select(r => r.Name.ToString())],
            MinVersion = mom.MinVersion == mom.Version ? mom.Version : 0,
            Timestamp = mom.Timestamp,
            Fullfiles = Directory.Exists(Path.Combine(mix.ContentOf(mom.Version), "files")),
            Packs = packs,
            DeltasFrom = [from],
            Sign = File.Exists(Path.Combine(mix.ContentOf(mom.Version), "Manifest.MoM.sig")) ? _content.Options(mom.Version, mom.Previous, mom.Format, options).Sign : null,
            WritePointers = false,
        }, cancellation);
    }

    private List<string> PacksFrom(uint from, PublishedVersion to)
    {
        var before = PublishedVersion.Open(mix.Config.StateDirectory, from).MoM.Records.ToDictionary(r => r.Name, r => r.Version);
        return [.. to.MoM.Records.Where(r => before.TryGetValue(r.Name, out var old) && old != r.Version)
            .Select(r => Path.Combine(mix.ContentOf(r.Version), $"pack-{r.Name}-from-{before[r.Name]}.tar")).Where(File.Exists)];
    }
}
