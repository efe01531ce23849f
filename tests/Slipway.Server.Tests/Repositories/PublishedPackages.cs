using Slipway.Content;
using Slipway.Packages;
using Slipway.Packages.Repositories;
using Slipway.Packages.Tests;

namespace Slipway.Server.Tests.Repositories;

/// <summary>Repositories that the running service publishes and serves.</summary>
internal sealed class PublishedPackages(TestSite site) : IDisposable
{
    public TempDirectory Temp { get; } = new();

    public Snapshot Publish(string repository, params string[] files)
    {
        var store = new ContentStore(site.Data.Store);
        return site.Parts.Repositories.Publish(RepositoryId.Parse(repository), PackageFile.TypeOf(files[0])!.Value,
            [.. files.Select(file => new PublishedFile(store.AddFile(file), Path.GetFileName(file)))], new("test"));
    }

    public Task<string> GetAsync(string address) => site.Http.GetStringAsync(address, TestContext.Current.CancellationToken);

    public void Dispose() => Temp.Dispose();
}
