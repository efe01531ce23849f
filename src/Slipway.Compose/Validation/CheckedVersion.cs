using Slipway.Compose.Mixing;
using Slipway.Compose.Payloads;
using Slipway.Compose.Roots;
using Slipway.Compose.Workspace;
using Slipway.Content;
using Slipway.Updates;

namespace Slipway.Compose.Validation;

/// <summary>What a package says of a file or link, as far as a device can see it.</summary>
internal readonly record struct PackagedNode(NodeType Type, int Mode, uint Uid, uint Gid, Digest Content, BytePath Target);

/// <summary>Both sides of a version: its packages, and its published manifests. Directories take no part.</summary>
internal sealed class CheckedVersion
{
    // Format clause 1.7, step 1: names with these in their last component are never shipped.
    private static readonly System.Buffers.SearchValues<byte> s_unshipped = System.Buffers.SearchValues.Create(";&|*`/<>\\\"'\a"u8);

    private readonly MixWorkspace _mix;
    private readonly PublishedVersion _published;
    private readonly Dictionary<string, RecordedBundle> _recorded;
    private readonly Dictionary<Digest, RootSource> _sources;
    private readonly RootPlan _plan;
    private readonly Dictionary<string, IReadOnlyDictionary<BytePath, ManifestRecord>> _manifests = new(StringComparer.Ordinal);

    public CheckedVersion(MixWorkspace mix, PayloadStore payloads, uint version)
    {
        _mix = mix;
        _published = PublishedVersion.Open(mix.Config.StateDirectory, version);
        _recorded = (ImageRecord.Read(mix.ImageOf(version)) ?? throw new SlipwayException($"validate version {version}", $"{mix.ImageOf(version)} does not say which packages it was composed of", "compose it with slipway mix build bundles"))
            .ToDictionary(b => b.Name, StringComparer.Ordinal);
        var packages = _recorded.Values.SelectMany(b => b.Packages).DistinctBy(p => p.Digest)
            .OrderBy(p => p.Name is not ("base-files" or "filesystem")).ThenBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Digest);
        _sources = packages.Select(p => new RootSource($"{p.Name} {p.Version}", p.Digest, payloads.Open(p.Digest, mix.Config.Type, p.Name))).ToDictionary(s => s.Package);
        _plan = RootPlan.Merge([.. _sources.Values], new RootSource("nothing", default, new Payload("/", [])), MergedUsr.Of(mix.Config.Type));
    }

    public uint Version => _published.Version;

    public int Format => _published.MoM.Format;

    /// <summary>True for the X+10 of a change of format: its own content already names the next format.</summary>
    public bool IsBeforeFormatChange => File.Exists(Path.Combine(_mix.ImageOf(Version + 10), "full", "usr/share/defaults/swupd/format"))
        && File.ReadAllText(Path.Combine(_mix.ImageOf(Version + 10), "full", "usr/share/defaults/swupd/format")).Trim() != Format.ToString(System.Globalization.CultureInfo.InvariantCulture)
        && File.ReadAllText(Path.Combine(_mix.ImageOf(Version), "full", "usr/share/defaults/swupd/format")).Trim() != Format.ToString(System.Globalization.CultureInfo.InvariantCulture);

    public IReadOnlyCollection<string> Bundles => [.. _published.MoM.Records.Select(r => r.Name.ToString())];

    public bool HasContent(string bundle) => _recorded.TryGetValue(bundle, out var recorded) && recorded.HasContent;

    /// <summary>Files and links that the bundle's packages bring, without those that its includes bring.</summary>
    public IReadOnlyDictionary<BytePath, PackagedNode> FromPackages(string bundle)
    {
        if (!_recorded.TryGetValue(bundle, out var recorded))
            return new Dictionary<BytePath, PackagedNode>();
        var files = PathsOf(recorded);
        foreach (var include in recorded.Includes.Where(_recorded.ContainsKey))
            files.ExceptWith(PathsOf(_recorded[include]));
        return files.Select(p => _plan.At(p)!).Where(n => n.Entry.Type != NodeType.Directory && IsListed(n.Path)).ToDictionary(n => n.Path, n => Seen(n.Entry));
    }

    /// <summary>Present files and links of the bundle's manifest in force, by path; of several builds of a file the base one.</summary>
    public IReadOnlyDictionary<BytePath, ManifestRecord> FromManifest(string bundle)
    {
        if (_manifests.TryGetValue(bundle, out var known))
            return known;
        var records = _published.Bundles.FirstOrDefault(m => m.Name == bundle)?.Records ?? [];
        return _manifests[bundle] = records.Where(r => r.IsPresent && r.Type is RecordType.File or RecordType.Link && r.Modifier.Variant == Variant.Base).ToDictionary(r => r.Name.Relative);
    }

    private HashSet<BytePath> PathsOf(RecordedBundle bundle) => [.. bundle.Packages.SelectMany(p => _plan.PathsOf(_sources[p.Digest]))];

    private bool IsListed(BytePath path) => path.Name.Span.IndexOfAny(s_unshipped) < 0 && !IsDebug(path, _mix.Config.DebugInfoLib) && !IsDebug(path, _mix.Config.DebugInfoSrc) && !IsMadeInstead(path);

    // What composing writes stands in the place of what a package has.
    private static bool IsMadeInstead(BytePath path) => path == BytePath.From(OsIdentity.OsRelease) || OsIdentity.IsForUpdates(path);

    private bool IsDebug(BytePath path, string prefix) => _mix.Config.DebugInfoBanned && prefix.Length > 1 && path.StartsWith(prefix[1..]) && path.Length > prefix.Length - 1;

    private static PackagedNode Seen(PayloadEntry entry) => entry.Type == NodeType.Symlink
        ? new(entry.Type, 0, entry.Uid, entry.Gid, default, entry.LinkTarget)
        : new(entry.Type, entry.Mode, entry.Uid, entry.Gid, entry.Content, default);
}
