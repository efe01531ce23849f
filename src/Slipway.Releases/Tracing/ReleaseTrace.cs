using Slipway.Compose;
using Slipway.Content;
using Slipway.State;
using Slipway.Updates;

namespace Slipway.Releases.Tracing;

public enum TraceVerdict
{
    /// <summary>The file is in the release, with exactly this content.</summary>
    Found,

    /// <summary>The release has a file at this path, but not this one: it was changed on the device.</summary>
    NotFromThisRelease,

    /// <summary>No release that was asked about has a file at this path.</summary>
    Unknown,
}

/// <summary>One arrow of the ledger: what was made from what.</summary>
public sealed record TraceStep(string FromKind, string FromId, string ToKind, string ToId);

/// <summary>Where a file comes from.</summary>
/// <param name="Text">The verdict in words.</param>
/// <param name="Package">The package that gave the file; null for what composing made and for unknown files.</param>
/// <param name="Origin">The arrows back from the package file, nearest first: build, request, commit.</param>
public sealed record TraceAnswer(
    TraceVerdict Verdict, string Text, string Path, string? Stream, uint? Version, IReadOnlyList<string> Bundles, Planning.ReleasedPackage? Package,
    string? ExpectedHash, IReadOnlyList<TraceStep> Origin);

/// <summary>Follows the ledger from a file on a device back to commits, and from a commit to releases. Files are known by their hash, never by name alone.</summary>
public sealed class ReleaseTrace(StreamSite site)
{
    private const int MapsKept = 4;

    private readonly Ledger _ledger = new(site.Database);
    private readonly List<(Digest Digest, ReleaseMap Map)> _maps = [];
    private readonly Lock _lock = new();

    /// <param name="path">The path in the root, with or without a leading slash.</param>
    /// <param name="hash">The update content's hash of the file, or the SHA-256 of its content.</param>
    /// <param name="stream">The stream of the device; null asks about all.</param>
    /// <param name="version">The version the device is at; null asks about all.</param>
    public TraceAnswer Back(string path, string hash, string? stream = null, uint? version = null)
    {
        var name = BytePath.From(path).Relative;
        var releases = site.Releases.Whole().Where(r => (stream is null || r.Stream == stream) && (version is null || r.Version == version)).ToList();
        (Release Release, MappedFile File)? other = null;
        foreach (var release in releases)
        {
            var map = MapOf(release);
            if (map.At(name) is not { } file)
                continue;
            if (Is(file, hash))
                return Found(release, map, file);
            other ??= (release, file);
        }
        if (other is not { } edited)
            return new(TraceVerdict.Unknown, $"no release {Words(stream, version)}has a file /{name}", name.ToString(), stream, version, [], null, null, []);
        return new(TraceVerdict.NotFromThisRelease,
            $"not from this release: {edited.Release.Stream}/{edited.Release.Version} has another /{name}{Elsewhere(name, hash, edited.Release)}",
            name.ToString(), edited.Release.Stream, edited.Release.Version, edited.File.Bundles, null, edited.File.Hash.ToString(), []);
    }

    /// <summary>The arrows from a commit, build or package file forward to the releases and channels that carry it.</summary>
    public IReadOnlyList<TraceStep> Forward(string kind, string id) => Steps(_ledger.Forward(new Node(kind, id)));

    /// <summary>The arrows back from any thing of the ledger.</summary>
    public IReadOnlyList<TraceStep> Origin(string kind, string id) => Steps(_ledger.Back(new Node(kind, id)));

    private TraceAnswer Found(Release release, ReleaseMap map, MappedFile file)
    {
        var package = map.PackageOf(file);
        var origin = package is null
            ? Steps(_ledger.MadeFrom(new Node("release", $"{release.Stream}/{release.Version}")).Where(n => n.Kind == "commit").Select(n => (new Node("release", $"{release.Stream}/{release.Version}"), n)))
            : Steps(_ledger.Back(new Node("file", package.Digest.ToString())));
        var text = package is null
            ? $"made when {release.Stream}/{release.Version} was composed"
            : $"{package.Name} {package.Version} in {release.Stream}/{release.Version}";
        return new(TraceVerdict.Found, text, file.Path.ToString(), release.Stream, release.Version, file.Bundles,
            package is null ? null : new Planning.ReleasedPackage(package.Name, package.Version, package.Architecture, package.Repository, package.Digest.ToString()),
            file.Hash.ToString(), origin);
    }

    private string Elsewhere(BytePath name, string hash, Release not)
    {
        var from = site.Releases.Whole().FirstOrDefault(r => (r.Stream, r.Version) != (not.Stream, not.Version) && MapOf(r).At(name) is { } f && Is(f, hash));
        return from is null ? "" : $"; it is the one of {from.Stream}/{from.Version}";
    }

    private static bool Is(MappedFile file, string hash) =>
        (SwupdHash.TryParse(hash, out var swupd) && file.Hash == swupd) || (file.Content != default && file.Content.ToString() == hash);

    private ReleaseMap MapOf(Release release)
    {
        lock (_lock)
        {
            var digest = release.Map!.Value;
            if (_maps.FirstOrDefault(m => m.Digest == digest).Map is { } kept)
                return kept;
            using var content = site.Store.Open(digest);
            var map = ReleaseMap.Parse(content, $"{release.Stream}/{release.Version}");
            _maps.Insert(0, (digest, map));
            if (_maps.Count > MapsKept)
                _maps.RemoveAt(MapsKept);
            return map;
        }
    }

    private static List<TraceStep> Steps(IEnumerable<(Node From, Node To)> arrows) =>
        [.. arrows.Select(a => new TraceStep(a.From.Kind, a.From.Id, a.To.Kind, a.To.Id))];

    private static string Words(string? stream, uint? version) => stream is null ? "" : version is null ? $"of {stream} " : $"{stream}/{version} ";
}
