using System.Collections.Concurrent;
using System.Globalization;
using Slipway.Content;
using Slipway.Updates.Device;

namespace Slipway.Updates;

/// <summary>One mirroring: pointers, then every version that anything leads to, then whatever their manifests name.</summary>
internal sealed class MirrorRun(MirrorOptions options, MirrorFiles files)
{
    private const int MaxPointerBytes = 4096;
    private const int MaxManifestBytes = 512 << 20;
    private const int MaxFormatsBack = 256;
    private static readonly string[] Beside = ["format", "mixer-src-version", "upstreamurl", "upstreamver", "Manifest.full", "Manifest.full.tar"];

    private readonly SortedDictionary<uint, Manifest> _moms = [];
    private readonly SortedDictionary<string, SortedSet<uint>> _bundles = new(StringComparer.Ordinal);
    private readonly HashSet<(uint Version, SwupdHash Hash)> _fullfiles = [];
    private readonly SortedDictionary<int, uint> _latest = [];
    private readonly SortedDictionary<int, uint> _first = [];
    private readonly List<string> _notes = [];
    private readonly HashSet<uint> _unsigned = [];

    private ParallelOptions Parallelism(CancellationToken cancellation) => new() { MaxDegreeOfParallelism = Math.Max(1, options.Jobs), CancellationToken = cancellation };

    public async Task<MirroredContent> RunAsync(CancellationToken cancellation)
    {
        var known = files.LocalRoot is null ? [] : await files.BringTreeAsync(cancellation).ConfigureAwait(false);
        var newest = await PointerAsync("version/latest_version", cancellation).ConfigureAwait(false)
            ?? throw new SlipwayException($"take over {options.Source}", "there is no version/latest_version", "name what holds the version directories and version/; devices have it in /usr/share/defaults/swupd/versionurl") { Kind = FailureKind.Usage };
        await VersionsAsync([newest, .. known], cancellation).ConfigureAwait(false);
        var format = _moms.GetValueOrDefault(newest)?.Format ?? throw Broken(newest, "its Manifest.MoM is not there");
        await FormatsAsync(format, cancellation).ConfigureAwait(false);
        await FullfilesAsync(cancellation).ConfigureAwait(false);
        await PacksAsync(cancellation).ConfigureAwait(false);
        files.Finish();
        return Judge(newest, await UpstreamsAsync(cancellation).ConfigureAwait(false), cancellation);
    }

    private async Task<uint?> PointerAsync(string path, CancellationToken cancellation)
    {
        if (await files.ReadAnewAsync(path, MaxPointerBytes, cancellation).ConfigureAwait(false) is not { } content)
            return null;
        var signature = await files.ReadAnewAsync(path + ".sig", ContentSignature.MaxSignatureBytes, cancellation).ConfigureAwait(false);
        if (ContentSignature.Refusal(content, signature ?? [], options.Trust, null) is { } refusal)
            _notes.Add($"{path}: {(signature is null ? "it has no signature" : refusal)}");
        return PointerReader.Version(content, files.UrlOf(path));
    }

    private async Task FormatsAsync(int newest, CancellationToken cancellation)
    {
        for (var format = newest; format > Math.Max(0, newest - MaxFormatsBack); format--)
        {
            var directory = string.Create(CultureInfo.InvariantCulture, $"version/format{format}");
            if (await PointerAsync($"{directory}/latest", cancellation).ConfigureAwait(false) is not { } latest)
                continue;
            _latest[format] = latest;
            await VersionsAsync([latest], cancellation).ConfigureAwait(false);
            if (await files.ReadAnewAsync($"{directory}/first", MaxPointerBytes, cancellation).ConfigureAwait(false) is { } first)
            {
                _first[format] = PointerReader.Version(first, files.UrlOf($"{directory}/first"));
                await VersionsAsync([_first[format]], cancellation).ConfigureAwait(false);
            }
        }
    }

    private async Task VersionsAsync(IEnumerable<uint> from, CancellationToken cancellation)
    {
        var pending = new Queue<uint>(from);
        var seen = _moms.Keys.ToHashSet();
        while (pending.TryDequeue(out var version))
        {
            if (version == 0 || !seen.Add(version) || await MomAsync(version, cancellation).ConfigureAwait(false) is not { } mom)
                continue;
            _moms[version] = mom;
            foreach (var manifest in await BundlesAsync(mom, cancellation).ConfigureAwait(false))
            {
                foreach (var record in manifest.Records.Where(r => r.IsPresent))
                {
                    _fullfiles.Add((record.Version, record.Hash));
                    if (!seen.Contains(record.Version)) pending.Enqueue(record.Version);
                }
            }
            pending.Enqueue(mom.Previous);
            foreach (var row in mom.Records) pending.Enqueue(row.Version);
        }
        options.Progress?.Invoke($"{_moms.Count} versions");
    }

    private async Task<Manifest?> MomAsync(uint version, CancellationToken cancellation)
    {
        var path = Text(version, "Manifest.MoM");
        if (!await files.BringAsync(path, MaxManifestBytes, cancellation).ConfigureAwait(false))
        {
            _notes.Add($"{path}: it is not there any more");
            return null;
        }
        await files.BringAsync(path + ".tar", MaxManifestBytes, cancellation).ConfigureAwait(false);
        await files.BringAsync(path + ".sig", ContentSignature.MaxSignatureBytes, cancellation).ConfigureAwait(false);
        foreach (var name in Beside) await files.BringAsync(Text(version, name), MaxManifestBytes, cancellation).ConfigureAwait(false);
        var text = await File.ReadAllBytesAsync(files.TargetOf(path), cancellation).ConfigureAwait(false);
        var mom = Manifest.Parse(text, Manifest.MoM, ManifestLimits.Client, version);
        var signature = File.Exists(files.TargetOf(path + ".sig")) ? await File.ReadAllBytesAsync(files.TargetOf(path + ".sig"), cancellation).ConfigureAwait(false) : [];
        if (Refusal(text, signature, mom) is { } refusal)
        {
            _unsigned.Add(version);
            _notes.Add($"{path}: its signature: {refusal}");
        }
        return mom;
    }

    // A certificate that has run out since was good when the version was made; its devices took it then.
    private string? Refusal(byte[] text, byte[] signature, Manifest mom) =>
        ContentSignature.Refusal(text, signature, options.Trust, options.Clock.GetUtcNow()) is { } now
        && ContentSignature.Refusal(text, signature, options.Trust, DateTimeOffset.FromUnixTimeSeconds(mom.Timestamp)) is not null ? now : null;

    private async Task<IReadOnlyCollection<Manifest>> BundlesAsync(Manifest mom, CancellationToken cancellation)
    {
        var fresh = new ConcurrentBag<Manifest>();
        var rows = mom.Records.Where(r => r.IsPresent && Versions(r.Name.ToString()).Add(r.Version)).ToList();
        await Parallel.ForEachAsync(rows, Parallelism(cancellation), async (row, token) =>
        {
            var name = row.Name.ToString();
            var path = Text(row.Version, "Manifest." + name);
            await files.BringAsync(path + ".tar", MaxManifestBytes, token).ConfigureAwait(false);
            if (await files.BringAsync(path, MaxManifestBytes, token).ConfigureAwait(false))
                fresh.Add(Manifest.Parse(await File.ReadAllBytesAsync(files.TargetOf(path), token).ConfigureAwait(false), name, ManifestLimits.Client, row.Version));
        }).ConfigureAwait(false);
        return fresh;
    }

    private SortedSet<uint> Versions(string bundle) => _bundles.TryGetValue(bundle, out var versions) ? versions : _bundles[bundle] = [];

    private async Task FullfilesAsync(CancellationToken cancellation)
    {
        await Parallel.ForEachAsync(_fullfiles, Parallelism(cancellation), async (file, token) =>
            await files.BringAsync(Text(file.Version, $"files/{file.Hash}.tar"), long.MaxValue, token).ConfigureAwait(false)).ConfigureAwait(false);
        options.Progress?.Invoke($"{_fullfiles.Count} full files");
    }

    /// <summary>Nothing lists packs and deltas, so every pair of versions that a device may ask for is asked for.</summary>
    private async Task PacksAsync(CancellationToken cancellation)
    {
        if (files.LocalRoot is not null)
            return;
        var pairs = from bundle in _bundles
                    from to in bundle.Value
                    from start in bundle.Value.Where(v => v < to).Prepend(0u)
                    select (Bundle: bundle.Key, From: start, To: to);
        await Parallel.ForEachAsync(pairs, Parallelism(cancellation), async (pair, token) =>
        {
            var end = string.Create(CultureInfo.InvariantCulture, $"{pair.Bundle}-from-{pair.From}.tar");
            if (await files.BringAsync(Text(pair.To, $"pack-{end}"), long.MaxValue, token).ConfigureAwait(false))
                await DeltasAsync(pair.To, $"pack-{end}", token).ConfigureAwait(false);
            if (pair.From > 0)
                await files.BringAsync(Text(pair.To, string.Create(CultureInfo.InvariantCulture, $"Manifest-{pair.Bundle}-delta-from-{pair.From}")), MaxManifestBytes, token).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    private async Task DeltasAsync(uint version, string pack, CancellationToken cancellation)
    {
        var names = new List<string>();
        var file = files.TargetOf(Text(version, pack));
        PackedTar.Read(file, File.OpenRead(file), new TarLimits(), tar =>
        {
            while (tar.Next() is { } entry)
                if (entry.Name.ToString().StartsWith("delta/", StringComparison.Ordinal) && DeltaName.Parse(entry.Name.Relative.Name.ToString()) is not null)
                    names.Add(entry.Name.Relative.Name.ToString());
            return 0;
        });
        foreach (var name in names)
            await files.BringAsync(Text(version, $"delta/{name}"), long.MaxValue, cancellation).ConfigureAwait(false);
    }

    private async Task<IReadOnlyDictionary<uint, uint>> UpstreamsAsync(CancellationToken cancellation)
    {
        var upstreams = new Dictionary<uint, uint>();
        foreach (var version in _moms.Keys)
        {
            var file = files.TargetOf(Text(version, "upstreamver"));
            if (File.Exists(file) && MirrorFiles.Number((await File.ReadAllTextAsync(file, cancellation).ConfigureAwait(false)).Trim()) is > 0 and var upstream)
                upstreams[version] = upstream;
        }
        return upstreams;
    }

    private MirroredContent Judge(uint newest, IReadOnlyDictionary<uint, uint> upstreams, CancellationToken cancellation)
    {
        var checkedFiles = new ConcurrentDictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        var whole = new List<MirroredVersion>();
        foreach (var (version, mom) in _moms)
        {
            cancellation.ThrowIfCancellationRequested();
            var problems = ContentVerification.Check(PublishedVersion.Open(options.Target, version), null, default, options.Jobs, checkedFiles).Problems;
            if (problems.Count == 0 && !_unsigned.Contains(version))
                whole.Add(new MirroredVersion(version, mom.Format, mom.Previous, mom.MinVersion, mom.Timestamp, upstreams.TryGetValue(version, out var upstream) ? upstream : null));
            else if (_latest.ContainsValue(version) || version == newest)
                throw Broken(version, problems.Count > 0 ? string.Join("; ", problems.Take(3)) : _notes.First(n => n.StartsWith(Text(version, ""), StringComparison.Ordinal)));
            else
                _notes.AddRange(problems.Select(p => $"version {version}: {p}"));
        }
        foreach (var format in whole.GroupBy(v => v.Format))
            _first.TryAdd(format.Key, format.Min(v => v.Version));
        return new MirroredContent(whole, newest, _latest, _first, files.Count, files.Bytes, [.. _notes.Distinct(StringComparer.Ordinal)]);
    }

    private SlipwayException Broken(uint version, string why) => new(
        $"take over version {version} of {options.Source}", why, "devices are led to this version: mend it where it is published, remove the file from the copy and run this again");

    private static string Text(uint version, string name) => string.Create(CultureInfo.InvariantCulture, $"{version}/{name}");
}
