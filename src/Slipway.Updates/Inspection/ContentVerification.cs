using System.Collections.Concurrent;
using Slipway.Content;
using Slipway.Updates.Device;

namespace Slipway.Updates;

/// <summary>What reading a published version again found.</summary>
/// <param name="Version">The version.</param>
/// <param name="Manifests">How many manifests were compared with the hashes that name them.</param>
/// <param name="Fullfiles">How many full files were read.</param>
/// <param name="Packs">How many packs were read.</param>
/// <param name="Deltas">How many manifest deltas were applied, and file deltas in packs read.</param>
/// <param name="Problems">What is wrong, in words; empty when all is sound.</param>
public sealed record ContentSoundness(uint Version, int Manifests, int Fullfiles, int Packs, int Deltas, IReadOnlyList<string> Problems);

/// <summary>Reads everything that a device of a version may ask for, and checks it as a device does.</summary>
public sealed class ContentVerification
{
    private static readonly TarLimits Limits = new();
    private readonly PublishedVersion _version;
    private readonly PublishedTree _tree;
    private readonly ConcurrentBag<string> _problems = [];
    private int _manifests;
    private int _fullfiles;
    private int _packs;
    private int _deltas;
    private readonly ConcurrentDictionary<string, IReadOnlyList<string>>? _known;

    private ContentVerification(PublishedVersion version, ConcurrentDictionary<string, IReadOnlyList<string>>? known)
    {
        _version = version;
        _tree = version.Tree;
        _known = known;
    }

    /// <summary>Checks the manifests in force in a version, and the full files, packs and deltas that they lead to.</summary>
    /// <param name="version">The version.</param>
    /// <param name="roots">Whose signature the MoM must have. Unset: signatures are not checked.</param>
    /// <param name="at">The time at which certificates must be valid.</param>
    /// <param name="jobs">How much is read at a time.</param>
    public static ContentSoundness Check(PublishedVersion version, TrustRoots? roots, DateTimeOffset at, int jobs) => Check(version, roots, at, jobs, null);

    /// <param name="known">What is wrong with full files and packs that were read before, by file; what is read now is added. Unset: everything is read.</param>
    internal static ContentSoundness Check(
        PublishedVersion version, TrustRoots? roots, DateTimeOffset at, int jobs, ConcurrentDictionary<string, IReadOnlyList<string>>? known)
    {
        var check = new ContentVerification(version, known);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, jobs) };
        check.CheckMoM(roots, at);
        var bundles = version.MoM.Records.Select(check.CheckManifest).OfType<Manifest>().ToList();
        var records = bundles.SelectMany(m => m.Records).Where(r => r.IsPresent).DistinctBy(r => (r.Hash, r.Version)).ToList();
        Parallel.ForEach(Partitioner.Create(records, loadBalance: true), parallel, check.CheckFullfile);
        Parallel.ForEach(Partitioner.Create(bundles, loadBalance: true), parallel, check.CheckPacks);
        return new ContentSoundness(version.Version, check._manifests, check._fullfiles, check._packs, check._deltas, [.. check._problems.Order(StringComparer.Ordinal)]);
    }

    private void CheckMoM(TrustRoots? roots, DateTimeOffset at)
    {
        var file = _tree.ManifestFile(_version.Version, Manifest.MoM);
        var text = File.ReadAllBytes(file);
        var members = Members(file + ".tar");
        if (!members.GetValueOrDefault("Manifest.MoM", []).AsSpan().SequenceEqual(text)) Problem(file + ".tar", "it does not hold the MoM beside it");
        if (roots is null) return;
        var signature = File.Exists(file + ".sig") ? File.ReadAllBytes(file + ".sig") : members.GetValueOrDefault("Manifest.MoM.sig", []);
        if (ContentSignature.Refusal(text, signature, roots, at) is { } refusal) Problem(file + ".sig", refusal);
    }

    private Manifest? CheckManifest(ManifestRecord row)
    {
        var name = row.Name.ToString();
        var file = _tree.ManifestFile(row.Version, name);
        _manifests++;
        try
        {
            var text = File.ReadAllBytes(file);
            if (SwupdHash.OfManifest(text) != row.Hash) Problem(file, $"its hash is not the one in the MoM of version {_version.Version}");
            if (!Members(file + ".tar").GetValueOrDefault("Manifest." + name, []).AsSpan().SequenceEqual(text)) Problem(file + ".tar", "it does not hold the manifest beside it");
            var manifest = Manifest.Parse(text, name, ManifestLimits.Client, row.Version);
            CheckManifestDeltas(manifest, row.Hash);
            return manifest;
        }
        catch (Exception e) when (e is SlipwayException or IOException)
        {
            Problem(file, e.Message);
            return null;
        }
    }

    private void CheckManifestDeltas(Manifest manifest, SwupdHash hash)
    {
        foreach (var file in Directory.EnumerateFiles(_tree.VersionDirectory(manifest.Version), $"Manifest-{manifest.Name}-delta-from-*"))
            Try(file, () =>
            {
                var from = uint.Parse(file[(file.LastIndexOf('-') + 1)..], System.Globalization.CultureInfo.InvariantCulture);
                var made = DeltaDecoder.Apply(File.ReadAllBytes(file), File.ReadAllBytes(_tree.ManifestFile(from, manifest.Name)), Path.GetFileName(file));
                Interlocked.Increment(ref _deltas);
                if (made is not null && SwupdHash.OfManifest(made) != hash) Problem(file, "it does not give the manifest");
            });
    }

    private void CheckFullfile(ManifestRecord record)
    {
        var file = _tree.Fullfile(record.Version, record.Hash);
        Interlocked.Increment(ref _fullfiles);
        if (!File.Exists(file)) Problem(file, $"it does not exist, and {record.Name} needs it");
        else Once(file, () => PackedTar.Read(file, File.OpenRead(file), Limits, tar =>
        {
            if (tar.Next() is not { } entry || entry.Name.ToString() != record.Hash.ToString() || HashOf(entry, tar.Content) != record.Hash)
                Problem(file, $"it does not hold what its name says, {record.Name}");
            else if (tar.Next() is not null) Problem(file, "it has more than one member");
            return 0;
        }));
    }

    private void CheckPacks(Manifest manifest)
    {
        foreach (var file in Directory.EnumerateFiles(_tree.VersionDirectory(manifest.Version), $"pack-{manifest.Name}-from-*.tar"))
            Once(file, () => PackedTar.Read(file, File.OpenRead(file), Limits, tar =>
            {
                Interlocked.Increment(ref _packs);
                while (tar.Next() is { } entry) CheckMember(file, entry, tar.Content);
                return 0;
            }));
    }

    private void CheckMember(string pack, TarEntry entry, Stream content)
    {
        var name = entry.Name.Relative;
        if (name.StartsWith("staged/"u8))
        {
            if (!SwupdHash.TryParse(name.Span["staged/".Length..], out var hash) || HashOf(entry, content) != hash) Problem(pack, $"the hash of {name} is another one");
        }
        else if (name.StartsWith("delta/"u8))
        {
            if (DeltaName.Parse(name.Name.ToString()) is null) Problem(pack, $"{name} is no name of a delta");
            var bytes = new MemoryStream();
            content.CopyTo(bytes);
            DeltaHeader.Read(bytes.ToArray(), $"{name} in {pack}");
            Interlocked.Increment(ref _deltas);
        }
    }

    private static SwupdHash HashOf(TarEntry entry, Stream content) => entry.Type switch
    {
        NodeType.Regular => SwupdHash.OfFile((uint)entry.Mode, entry.Uid, entry.Gid, entry.Size, content),
        NodeType.Directory => SwupdHash.OfDirectory((uint)entry.Mode, entry.Uid, entry.Gid),
        NodeType.Symlink => SwupdHash.OfLink(entry.Uid, entry.Gid, entry.LinkTarget.Span),
        _ => SwupdHash.Zero,
    };

    private Dictionary<string, byte[]> Members(string file)
    {
        var members = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        if (!File.Exists(file))
        {
            Problem(file, "it does not exist");
            return members;
        }

        Try(file, () => PackedTar.Read(file, File.OpenRead(file), Limits, tar =>
        {
            while (tar.Next() is { } entry)
            {
                var content = new MemoryStream();
                tar.Content.CopyTo(content);
                members[entry.Name.ToString()] = content.ToArray();
            }

            return 0;
        }));
        return members;
    }

    private void Once(string file, Action check)
    {
        if (_known is null)
        {
            Try(file, check);
            return;
        }

        if (!_known.TryGetValue(file, out var problems))
        {
            Try(file, check);
            var shown = Shown(file);
            problems = [.. _problems.Where(p => p.StartsWith(shown, StringComparison.Ordinal))];
            _known[file] = problems;
        }
        else foreach (var problem in problems) _problems.Add(problem);
    }

    private void Try(string file, Action check)
    {
        try
        {
            check();
        }
        catch (Exception e) when (e is SlipwayException or IOException)
        {
            Problem(file, e is SlipwayException known ? known.Why : e.Message);
        }
    }

    private void Problem(string file, string why) => _problems.Add(Shown(file) + why);

    private string Shown(string file) => $"{Path.GetRelativePath(_tree.Root, file)}: ";
}
