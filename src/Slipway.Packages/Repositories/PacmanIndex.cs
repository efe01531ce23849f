using Slipway.Content;

namespace Slipway.Packages.Repositories;

/// <summary>pacman's databases: for each architecture <c>ARCH/WORD.db</c> and <c>.files</c>, each with its signature, and the packages' signatures.</summary>
internal static class PacmanIndex
{
    private const string DefaultArchitecture = "x86_64";
    private const string AnyArchitecture = "any";
    private static readonly string[] Kinds = ["db", "files"];

    public static List<string> Architectures(IEnumerable<string> named) =>
        [.. named.Where(name => name != AnyArchitecture).Append(DefaultArchitecture).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Where a package file lies: one of architecture <c>any</c> in every directory, since a client looks in its own only.</summary>
    public static IEnumerable<string> Locations(PackageEntry entry, IReadOnlyList<string> architectures) =>
        (entry.Architecture == AnyArchitecture ? architectures : [entry.Architecture]).Select(architecture => $"{architecture}/{entry.Path}");

    public static IEnumerable<IndexDocument> Documents(IReadOnlyList<string> architectures, Compression packing)
    {
        // Two blocks of zeros end a tar.
        var end = new byte[1024];
        foreach (var architecture in architectures)
            foreach (var kind in Kinds)
                yield return new(IndexBuild.NameOf(kind, packing, architecture), packing, PlainForm.None, IndexDocument.NoHead, end, change => Changes(change, architecture, kind == "files"));
    }

    public static IEnumerable<IndexFile> Write(IndexInput input)
    {
        var databases = input.Build.Architectures.SelectMany(architecture => Kinds.Select(kind =>
            (Path: $"{architecture}/{input.Repository.Word}.{kind}", Content: input.Document(kind, architecture).Packed))).ToList();
        var signatures = databases.AsParallel().AsOrdered().Select(database => input.DetachSign(database.Content, false)).ToList();
        return databases.Zip(signatures).SelectMany(pair => new IndexFile[] { new(pair.First.Path, pair.First.Content), new(pair.First.Path + ".sig", pair.Second) });
    }

    // A database knows one version of a name, the newest; the older ones stay as files.
    private static IEnumerable<ShardChange> Changes(IndexChange change, string architecture, bool withFiles)
    {
        foreach (var name in change.Added.Concat(change.Removed).Select(entry => entry.Name).Distinct(StringComparer.Ordinal))
        {
            var there = change.Named(name).Where(entry => entry.Architecture == architecture || entry.Architecture == AnyArchitecture).OrderBy(entry => entry.Path, StringComparer.Ordinal).ToList();
            yield return there.Count == 0
                ? ShardChange.Remove(name)
                : ShardChange.Put(name, Members(there.Aggregate((best, next) => VersionOrder.ComparePacman(next.Version, best.Version) > 0 ? next : best), withFiles));
        }
    }

    private static byte[] Members(PackageEntry entry, bool withFiles)
    {
        var plain = new MemoryStream();
        using var tar = new TarWriter(plain, leaveOpen: true);
        var folder = $"{entry.Name}-{entry.Version}";
        // No times: the same packages give the same bytes.
        tar.Add(new TarEntry { Name = BytePath.From(folder), Type = NodeType.Directory, Mode = 0x1ed });
        Add(tar, $"{folder}/desc", entry.Parts[0]);
        if (withFiles) Add(tar, $"{folder}/files", entry.Parts[1]);
        return plain.ToArray();
    }

    private static void Add(TarWriter tar, string name, byte[] content) =>
        tar.Add(new TarEntry { Name = BytePath.From(name), Type = NodeType.Regular, Mode = 0x1a4, Size = content.Length }, content);
}
