using Slipway.Content;
using Slipway.Packages;
using Slipway.Releases.Koji;
using Slipway.Releases.Watching;

namespace Slipway.Releases.Providers;

/// <summary>The packages of a Koji tag. Files are fetched once, side by side, and kept; koji never changes one.</summary>
/// <param name="topUrl">Where the hub's files are.</param>
/// <param name="directory">Where fetched files are kept.</param>
public sealed class KojiProvider(string name, KojiHub hub, string topUrl, string tag, IReadOnlyList<string> architectures, int priority, HttpClient http, ContentStore store, string directory) : IContentProvider
{
    private const int Connections = 8;
    private IReadOnlyList<KojiPackage> _packages = [];

    private string Repository => $"provider:{name}";

    public InputState Look(CancellationToken cancellation)
    {
        try
        {
            _packages = hub.PackagesAsync(tag, architectures, cancellation).GetAwaiter().GetResult();
            return InputState.OfPackages(name, InputKind.Provider, _packages.Select(p => p.Nvra));
        }
        catch (Exception e) when (e is SlipwayException or IOException)
        {
            return InputState.Unavailable(name, InputKind.Provider, e.Message);
        }
    }

    public void AddTo(SolverPool pool)
    {
        Directory.CreateDirectory(directory);
        Parallel.ForEachAsync(_packages, new ParallelOptions { MaxDegreeOfParallelism = Connections }, async (package, end) => await DownloadAsync(package, end).ConfigureAwait(false))
            .GetAwaiter().GetResult();
        pool.AddPackages(Repository, [.. _packages.AsParallel().AsOrdered().Select(Read)], priority);
    }

    public bool Has(ResolvedPackage package) => package.Repository == Repository;

    public void Fetch(IReadOnlyList<ResolvedPackage> packages, CancellationToken cancellation)
    {
        foreach (var package in packages.Where(p => !store.Contains(p.Digest)))
        {
            var file = Path.Combine(directory, Path.GetFileName(package.Location));
            if (!File.Exists(file) || store.AddFile(file) != package.Digest)
                throw new SlipwayException($"fetch {package.Name} {package.Version} of the koji tag {tag}", $"{file} is gone or changed", "plan the release again") { Kind = FailureKind.Unreachable };
        }
    }

    private PackageRecord Read(KojiPackage package)
    {
        var record = PackageFile.Read(PlaceOf(package), PackageType.Rpm);
        return record.Name == package.Name && record.Architecture == package.Architecture ? record
            : throw new SlipwayException($"read {package.Nvra} of the koji tag {tag}", $"the file is {record.Name} {record.Version} {record.Architecture}", "look at the build in koji");
    }

    private string PlaceOf(KojiPackage package) => Path.Combine(directory, package.Nvra + ".rpm");

    private async Task DownloadAsync(KojiPackage package, CancellationToken cancellation)
    {
        var to = PlaceOf(package);
        if (File.Exists(to))
            return;
        var address = $"{topUrl}/{package.Location}";
        try
        {
            using var answer = await http.GetAsync(new Uri(address), HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
            answer.EnsureSuccessStatusCode();
            await using var body = await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            AtomicFile.Write(to, body.CopyTo);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new SlipwayException($"fetch {address}", e.Message, "look whether koji's files can be reached", e) { Kind = FailureKind.Unreachable };
        }
    }
}
