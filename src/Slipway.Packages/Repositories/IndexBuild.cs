using System.Text;
using Slipway.Content;

namespace Slipway.Packages.Repositories;

/// <summary>How a repository's indexes are written.</summary>
public sealed record IndexSettings
{
    /// <summary>Of all index files: gzip, which every client reads, or zstd. Unset: gzip.</summary>
    public Compression Compression { get; init; } = Compression.Gzip;

    /// <summary>How long apt trusts a snapshot; publish or renew more often. Unset: for ever.</summary>
    public TimeSpan? ValidFor { get; init; }
}

/// <summary>The documents of a snapshot, made from those of the one before and what changed.</summary>
/// <param name="Documents">By name.</param>
/// <param name="Architectures">deb and pacman: those that have an index.</param>
/// <param name="Fresh">Those that had none before.</param>
/// <param name="Changed">What to keep for the next time: a document's shards before and after.</param>
internal sealed record IndexBuild(
    IReadOnlyDictionary<string, RenderedDocument> Documents, IReadOnlyList<string> Architectures, IReadOnlyList<string> Fresh,
    IReadOnlyList<(string Document, IReadOnlyList<Shard> Before, IReadOnlyList<Shard> After)> Changed)
{
    /// <summary>A line for each package; its digest is the snapshot's fingerprint.</summary>
    private const string Members = "members";

    public string Fingerprint => Documents[Members].PlainDigest.ToString();

    public int Packages => (int)Documents[Members].Count;

    /// <param name="known">The names of the documents that are kept.</param>
    /// <param name="kept">The shards of one of them.</param>
    /// <param name="members">All packages after the change; asked for only when a document is new.</param>
    public static IndexBuild Make(
        PackageType type, IndexSettings settings, IReadOnlyCollection<string> known, Func<string, IReadOnlyList<Shard>> kept, IndexChange change, Func<IReadOnlyList<PackageEntry>> members)
    {
        var before = known.Select(ArchitectureOf).Where(name => name.Length > 0).ToHashSet(StringComparer.Ordinal);
        var named = known.Count == 0 || change.Removed.Count > 0 ? members().Select(entry => entry.Architecture) : change.Added.Select(entry => entry.Architecture).Concat(before);
        var architectures = type switch
        {
            PackageType.Rpm => [],
            PackageType.Deb => AptIndex.Architectures(named),
            _ => PacmanIndex.Architectures(named),
        };
        var documents = Listed(type, architectures, settings.Compression);
        var whole = new Lazy<IndexChange>(() => IndexChange.Whole(members()));
        var rendered = new RenderedDocument[documents.Count];
        var changed = new (string, IReadOnlyList<Shard>, IReadOnlyList<Shard>)[documents.Count];
        Several.Run([.. Enumerable.Range(0, documents.Count)], i =>
        {
            var old = known.Contains(documents[i].Name) ? kept(documents[i].Name) : [];
            var now = IndexShards.Apply(old, documents[i].Changes(old.Count > 0 ? change : whole.Value), documents[i].Packing);
            rendered[i] = documents[i].Render(now);
            changed[i] = (documents[i].Name, old, now);
        });
        return new(documents.Zip(rendered).ToDictionary(pair => pair.First.Name, pair => pair.Second, StringComparer.Ordinal), architectures,
            [.. architectures.Where(name => !before.Contains(name))], changed);
    }

    /// <summary>The name of a document: what it is, its architecture if it has one, and its compression.</summary>
    public static string NameOf(string kind, Compression packing, string architecture = "") => $"{kind} {architecture} {packing}";

    private static string ArchitectureOf(string document) => document == Members ? "" : document.Split(' ')[1];

    private static List<IndexDocument> Listed(PackageType type, IReadOnlyList<string> architectures, Compression packing)
    {
        var members = new IndexDocument(Members, Compression.None, PlainForm.Digest, IndexDocument.NoHead, [],
            change => change.ByPath(_ => true, entry => Encoding.UTF8.GetBytes($"{entry.Path} {entry.Digest}\n")));
        // The largest begin first: the primary of rpm takes as long as all others together.
        return [.. type switch
        {
            PackageType.Rpm => RpmIndex.Documents(packing),
            PackageType.Deb => AptIndex.Documents(architectures, packing),
            _ => PacmanIndex.Documents(architectures, packing),
        }, members];
    }
}

/// <summary>What the files of a snapshot are written from. The signing functions state the snapshot's time.</summary>
internal sealed record IndexInput(
    RepositoryId Repository, IndexBuild Build, IndexSettings Settings, IReadOnlyList<RpmExtra> Extras, DateTimeOffset Time,
    Func<byte[], byte[]> ClearSign, Func<byte[], bool, byte[]> DetachSign)
{
    public RenderedDocument Document(string kind, string architecture = "") => Build.Documents[IndexBuild.NameOf(kind, Settings.Compression, architecture)];
}
