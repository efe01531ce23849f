using Slipway.Content;
using Slipway.Packages.Signing;

namespace Slipway.Packages.Repositories;

public sealed partial class RepositoryStore
{
    // Beyond this, the members of all names are read at once.
    private const int MostNamesAskedSingly = 200;

    /// <summary>How the indexes of a repository are written from its next snapshot on.</summary>
    public void Configure(RepositoryId id, IndexSettings settings)
    {
        id.Checked();
        if (settings.Compression is not (Compression.Gzip or Compression.Zstd))
            throw new SlipwayException($"repository {id}", $"its indexes cannot be compressed by {settings.Compression}", "gzip or zstd") { Kind = FailureKind.Usage };
        if (_records.Settings(id) != settings) _records.Configure(id, settings);
    }

    /// <summary>What adding these packages changes: those that the newest snapshot does not have.</summary>
    private IndexChange Addition(RepositoryId id, PackageType type, IReadOnlyList<PackageEntry> entries)
    {
        var added = entries.Where(entry => _records.OpenAt(id, entry.Path)?.Digest != entry.Digest).ToList();
        return Change(id, type, added, []);
    }

    /// <summary>What makes the newest snapshot one of exactly these packages.</summary>
    /// <param name="signed">Those of them that indexes say something new of, even where their files are the same (pacman's signatures).</param>
    private IndexChange Difference(RepositoryId id, PackageType type, IReadOnlyList<PackageEntry> members, IReadOnlyCollection<PackageEntry> signed)
    {
        var anew = signed.Select(entry => entry.Path).ToHashSet(StringComparer.Ordinal);
        var open = _records.Open(id);
        var wanted = members.ToDictionary(entry => entry.Path, entry => entry.Digest.ToString(), StringComparer.Ordinal);
        var removed = open.Where(held => !wanted.TryGetValue(held.Key, out var digest) || digest != held.Value || anew.Contains(held.Key)).Select(held => _records.OpenAt(id, held.Key)!).ToList();
        var added = members.Where(entry => !open.TryGetValue(entry.Path, out var digest) || digest != entry.Digest.ToString() || anew.Contains(entry.Path)).ToList();
        return Change(id, type, added, removed);
    }

    private IndexChange Change(RepositoryId id, PackageType type, List<PackageEntry> added, List<PackageEntry> removed)
    {
        var gone = removed.Select(entry => entry.Path).ToHashSet(StringComparer.Ordinal);
        var current = added.Count + removed.Count > MostNamesAskedSingly && Current(id) is { } snapshot
            ? _records.Members(id, snapshot.Number).ToLookup(entry => entry.Name, StringComparer.Ordinal)
            : null;
        var come = added.ToLookup(entry => entry.Name, StringComparer.Ordinal);
        return new(added, removed, name => [.. (current is null ? _records.Named(id, type, name) : current[name]).Where(entry => !gone.Contains(entry.Path)), .. come[name]]);
    }

    private IReadOnlyList<PackageEntry> MembersAfter(RepositoryId id, Snapshot? before, IndexChange change)
    {
        var gone = change.Removed.Select(entry => entry.Path).ToHashSet(StringComparer.Ordinal);
        return [.. (before is null ? [] : _records.Members(id, before.Number)).Where(entry => !gone.Contains(entry.Path)), .. change.Added];
    }

    private List<IndexFile> WriteIndexes(RepositoryId id, PackageType type, IndexBuild build, IReadOnlyList<RpmExtra> extras, DateTimeOffset time)
    {
        var subject = SigningSubject.Repository(id.ToString());
        var input = new IndexInput(id, build, _records.Settings(id), extras, time,
            content => signer.ClearSign(subject, content, time),
            (content, armor) => signer.DetachSign(subject, content, armor, time));
        var key = signer.PublicKeyArmored();
        // They hardly ever change, so they are one file in all snapshots.
        var client = ClientConfiguration.Keys(key).Append(ClientConfiguration.Of(id, type, "file://" + PathOf(id), key)).Select(file => IndexFile.Shared(file.Path, file.Content));
        return [.. Write(type, input), .. client];
    }

    private static IEnumerable<IndexFile> Write(PackageType type, IndexInput input) => type switch
    {
        PackageType.Rpm => RpmIndex.Write(input),
        PackageType.Deb => AptIndex.Write(input),
        _ => PacmanIndex.Write(input),
    };

    /// <summary>The metadata that is passed through: what this publication brings, else what the snapshot before it has.</summary>
    private List<RpmExtra> Extras(RepositoryId id, Snapshot? before, SnapshotOrigin origin)
    {
        var extras = origin.Extras.Select(extra => new RpmExtra(extra.Key, extra.Value.ToArray())).ToDictionary(extra => extra.FileName, StringComparer.Ordinal);
        if (before is not null)
            foreach (var extra in ExtrasOf(before)) extras.TryAdd(extra.FileName, extra);
        return [.. extras.Values.OrderBy(extra => extra.FileName, StringComparer.Ordinal)];
    }

    private IEnumerable<RpmExtra> ExtrasOf(Snapshot snapshot)
    {
        foreach (var path in _records.Indexes(snapshot.Repository, snapshot.Number).Keys.Where(path => path.StartsWith("repodata/", StringComparison.Ordinal)))
        {
            // repodata/DIGEST-NAME.gz
            var name = Path.GetFileNameWithoutExtension(path);
            if (name.Length < 66 || !RpmExtra.IsOne(name[65..])) continue;
            using var file = Compressor.DecompressDetected(File.OpenRead(Path.Combine(snapshot.Path, path)));
            using var content = new MemoryStream();
            file.CopyTo(content);
            yield return new(name[65..], content.ToArray());
        }
    }
}
