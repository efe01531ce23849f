using System.Collections.Concurrent;
using Slipway.Content;
using Slipway.Packages.Signing;

namespace Slipway.Packages.Repositories;

public sealed partial class RepositoryStore
{
    private static readonly TimeSpan WriterPatience = TimeSpan.FromMinutes(5);

    /// <summary>What the indexes will say of each given file, and what of it is new; each is read and signed only if no repository ever held it.</summary>
    private (List<PackageEntry> Entries, IReadOnlyCollection<PackageEntry> Made) Prepare(RepositoryId id, PackageType type, IReadOnlyList<PublishedFile> add, bool asSigned)
    {
        var made = new ConcurrentBag<PackageEntry>();
        var sources = type == PackageType.Deb ? Sources(add) : [];
        foreach (var source in sources) made.Add(source);
        var taken = sources.Select(source => source.FileName).ToHashSet(StringComparer.Ordinal);
        add = [.. add.Where(file => !taken.Contains(file.FileName))];
        var entries = new PackageEntry[add.Count];
        var held = _records.EntriesOf(add.Select(file => file.Digest), type, asSigned);
        var work = Tree(id).WorkDirectory();
        try
        {
            Several.Run([.. Enumerable.Range(0, add.Count)], i =>
            {
                var known = held.GetValueOrDefault(add[i].Digest);
                // Asked for, so that no sweep takes it before this publication has written down that it needs it.
                entries[i] = known?.FileName == add[i].FileName && store.Contains(known.Digest) ? known : Make(id, type, add[i], work, asSigned);
                if (!ReferenceEquals(entries[i], known)) made.Add(entries[i]);
            });
        }
        finally
        {
            Directory.Delete(work);
        }
        return ([.. entries.Concat(sources).DistinctBy(entry => entry.Digest)], made);
    }

    private List<PackageEntry> Sources(IReadOnlyList<PublishedFile> add)
    {
        var byName = add.GroupBy(file => file.FileName, StringComparer.Ordinal).ToDictionary(same => same.Key, same => same.Last(), StringComparer.Ordinal);
        return [.. add.Where(file => AptSourceEntry.IsDescription(file.FileName)).SelectMany(file => AptSourceEntry.Make(store, file, byName)).DistinctBy(entry => entry.Path)];
    }

    private PackageEntry Make(RepositoryId id, PackageType type, PublishedFile file, string work, bool asSigned)
    {
        if (PackageFile.TypeOf(file.FileName) != type)
            throw new SlipwayException($"publishing {file.FileName} to {id}", $"by its name it is no {type} package, and the repository holds only such", "another dist") { Kind = FailureKind.Usage };
        var subject = SigningSubject.Repository(id.ToString());
        var time = clock.GetUtcNow();
        var published = type == PackageType.Rpm && !asSigned ? Signed(subject, file, work, time) : file.Digest;
        var path = store.PathOf(published);
        return PackageEntry.Make(type, path, file, published, type == PackageType.Pacman && !asSigned ? signer.DetachSignFile(subject, path, time) : null);
    }

    private Digest Signed(string subject, PublishedFile file, string work, DateTimeOffset time)
    {
        var temporary = Path.Combine(work, Guid.CreateVersion7(time).ToString("N"));
        using var signed = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        signer.SignRpm(subject, store.PathOf(file.Digest), signed, time);
        signed.Position = 0;
        return store.Add(signed);
    }

    private void RefuseOtherContent(RepositoryId id, IReadOnlyList<PackageEntry> entries)
    {
        var held = _records.EverHeld(id, entries.Select(entry => entry.Path));
        foreach (var entry in entries)
            if (held.TryGetValue(entry.Path, out var digest) && digest != entry.Digest) throw Refusal(id, entry);
    }

    private static SlipwayException Refusal(RepositoryId id, PackageEntry entry) => new(
        $"publishing {entry.FileName} to {id}",
        $"{entry.Name} {entry.Version} for {entry.Architecture} is already published with other content, and clients that have it would never see this one",
        "raise the package's version");

    // A repository's directory must not lie within another's, whose names could hide it.
    private void RequireRoomFor(RepositoryId id, PackageType type)
    {
        if (_records.TypeOf(id) is { } known)
        {
            if (known == type) return;
            throw new SlipwayException($"repository {id}", $"it holds {known} packages, not {type}", "another dist") { Kind = FailureKind.Usage };
        }
        var text = id + "/";
        var clash = _records.Repositories().FirstOrDefault(other => text.StartsWith(other + "/", StringComparison.Ordinal) || (other + "/").StartsWith(text, StringComparison.Ordinal));
        if (clash is not null) throw new SlipwayException($"repository {id}", $"its directory would overlap that of {clash}", "another project or dist name") { Kind = FailureKind.Usage };
    }

    /// <summary>One writer per repository over all processes: a lock that the kernel lets go when its holder dies.</summary>
    private FileStream Hold(RepositoryId id)
    {
        var locks = Directory.CreateDirectory(Path.Combine(data.Repos, ".locks")).FullName;
        var file = Path.Combine(locks, id.ToString().Replace('/', ','));
        var started = clock.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (clock.GetElapsedTime(started) < WriterPatience)
            {
                Thread.Sleep(20);
            }
            catch (IOException busy)
            {
                throw new SlipwayException($"repository {id}", "another process has been publishing to it for five minutes", "look for it with: fuser " + file, busy) { Kind = FailureKind.Blocked };
            }
        }
    }
}
