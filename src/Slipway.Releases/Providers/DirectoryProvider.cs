using System.Text;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Releases.Watching;

namespace Slipway.Releases.Providers;

/// <summary>The package files directly in a directory, as upstream or beside it. An empty directory is empty; a missing one is unavailable.</summary>
public sealed class DirectoryProvider(string name, InputKind kind, string directory, PackageType type, int priority, ContentStore store) : IContentProvider
{
    private string Repository => $"directory:{name}";

    public InputState Look(CancellationToken cancellation)
    {
        try
        {
            var lines = Files().Select(f => $"{Path.GetFileName(f)} {Digest.OfFile(f)}");
            return InputState.Available(name, kind, Digest.Of(Encoding.UTF8.GetBytes(string.Join('\n', lines))).ToString());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return InputState.Unavailable(name, kind, e.Message);
        }
    }

    public void AddTo(SolverPool pool)
    {
        var records = Files().Select(f => PackageFile.Read(f)).ToList();
        foreach (var twice in records.GroupBy(r => (r.Name, r.Version, r.Architecture)).Where(g => g.Select(r => r.Digest).Distinct().Count() > 1))
        {
            throw new SlipwayException($"read the packages in {directory}",
                $"{string.Join(" and ", twice.Select(r => r.FileName))} are both {twice.Key.Name} {twice.Key.Version} and differ", "remove one of them");
        }
        pool.AddPackages(Repository, records, priority);
    }

    public bool Has(ResolvedPackage package) => package.Repository == Repository;

    public void Fetch(IReadOnlyList<ResolvedPackage> packages, CancellationToken cancellation)
    {
        var wanted = packages.Select(p => p.Digest).Where(d => !store.Contains(d)).ToHashSet();
        foreach (var file in wanted.Count == 0 ? [] : Files())
        {
            cancellation.ThrowIfCancellationRequested();
            if (wanted.Contains(Digest.OfFile(file)))
                wanted.Remove(store.AddFile(file));
        }
        if (wanted.Count > 0)
        {
            throw new SlipwayException($"fetch {packages.First(p => wanted.Contains(p.Digest)).Name} from {directory}", "the file changed or went away", "plan the release again")
            {
                Kind = FailureKind.Unreachable,
            };
        }
    }

    private List<string> Files() => [.. Directory.EnumerateFiles(directory).Where(f => PackageFile.TypeOf(f) == type).Order(StringComparer.Ordinal)];
}
