using Slipway.Content;
using Slipway.Packages.Apt;

namespace Slipway.Packages;

public sealed partial class HostApt
{
    /// <summary>Brings packages that a pool of <see cref="OpenSolver"/> resolved into the content store, verified; what is there is not fetched again.</summary>
    /// <returns>Their digests, in the order given.</returns>
    public IReadOnlyList<Digest> Fetch(IEnumerable<ResolvedPackage> packages, CancellationToken cancellation = default)
    {
        var wanted = packages.ToList();
        if (!wanted.All(p => store.Contains(p.Digest)))
        {
            var bases = BinaryIndexes().ToDictionary(i => i.Name, i => i.BaseUri, StringComparer.Ordinal);
            Download([.. wanted.Select(p => new AptDownload(
                bases.TryGetValue(p.Repository, out var uri) ? uri : throw new SlipwayException($"fetch {p.Name} {p.Version}", $"`{p.Repository}` is not a list of this machine (any more)", "resolve again"),
                p.Location, p.Digest))], Binary, cancellation);
        }
        return [.. wanted.Select(p => p.Digest)];
    }

    /// <summary>Puts the files of the newest source version of which every file downloads into a directory.</summary>
    /// <param name="sourceName">Name of the source package.</param>
    /// <param name="into">Directory for the files; made if missing.</param>
    /// <param name="maxAge">Source lists this young are taken as they are. Unset: six hours.</param>
    public AptSource FetchSource(string sourceName, string into, TimeSpan? maxAge = null, CancellationToken cancellation = default)
    {
        Update(Source, "source", maxAge ?? TimeSpan.FromHours(6), cancellation);
        var candidates = SourceCandidates(sourceName);
        if (candidates.Count == 0)
            throw new SlipwayException($"fetch the source of {sourceName}", "no source list of this machine names it", "check the name with `apt-cache showsrc`");
        var reasons = new List<string>();
        foreach (var candidate in candidates)
        {
            try
            {
                Download([.. candidate.Files.Select(f => new AptDownload(candidate.BaseUri, $"{candidate.Directory}/{f.Name}", f.Digest))], Source, cancellation);
            }
            catch (SlipwayException error)
            {
                reasons.Add($"{candidate.Version}: {error.Why}");
                continue;
            }
            Directory.CreateDirectory(into);
            foreach (var file in candidate.Files) store.LinkTo(file.Digest, Path.Combine(into, file.Name));
            return new AptSource(sourceName, candidate.Version, candidate.Files[0].Name, candidate.Files);
        }
        throw new SlipwayException($"fetch the source of {sourceName}", "no version can be downloaded whole: " + string.Join("; ", reasons), "try again later, or name another mirror in the machine's apt sources");
    }

    private List<SourceCandidate> SourceCandidates(string sourceName)
    {
        using var held = AptLock.Take(directory, clock, CancellationToken.None);
        var found = Source.Indexes().SelectMany(index => SourceIndex.Find(index, sourceName)).ToList();
        found.Sort((a, b) => VersionOrder.CompareDeb(b.Version, a.Version));
        return found;
    }

    private void Download(IReadOnlyList<AptDownload> wanted, AptState state, CancellationToken cancellation)
    {
        using var held = AptLock.Take(Path.Combine(directory, "downloads"), clock, cancellation);
        // Asked again under the lock: another process may have fetched them meanwhile.
        var missing = wanted.Where(w => !store.Contains(w.Digest)).DistinctBy(w => w.Digest).ToList();
        if (missing.Count > 0) new AptDownloads(state, Path.Combine(directory, "downloads"), store).Run(missing, cancellation);
    }
}
