using Slipway.Packages.Repositories;
using Slipway.Packages.Tests.Clients;
using Slipway.Packages.Tests.Signing;

namespace Slipway.Packages.Tests.Repositories;

public sealed class AptClientTests(RunningSigner signer) : IDisposable
{
    private readonly TestRepositories _repositories = new(signer.Client);

    public void Dispose() => _repositories.Dispose();

    [Fact]
    public void Apt_installs_from_the_repository_with_signatures_checked()
    {
        var snapshot = _repositories.Publish("harbor/bookworm",
            RealPackages.Deb(_repositories.Temp, "hello-slipway", "1.0"), RealPackages.Deb(_repositories.Temp, "hello-all", "2.0", architecture: "all", extra: "Depends: hello-slipway (>= 1.0)\n"));
        var client = Client(snapshot.Repository);
        client.Run("update");
        client.Run("install", "hello-all");
        Assert.Equal("hello\n", File.ReadAllText(_repositories.Temp["root", "usr/share/hello-slipway/text"]));
        Assert.True(File.Exists(_repositories.Temp["root", "usr/share/hello-all/text"]));
    }

    [Fact]
    public void Apt_follows_to_the_next_snapshot()
    {
        var client = Client(_repositories.Publish("harbor/bookworm", RealPackages.Deb(_repositories.Temp, "hello-slipway", "1.0")).Repository);
        client.Run("update");
        _repositories.Publish("harbor/bookworm", RealPackages.Deb(_repositories.Temp, "hello-slipway", "1.1", "new\n"));
        client.Run("update");
        client.Run("install", "hello-slipway");
        Assert.Equal("new\n", File.ReadAllText(_repositories.Temp["root", "usr/share/hello-slipway/text"]));
    }

    [Fact]
    public void Apt_refuses_a_changed_index()
    {
        var snapshot = _repositories.Publish("harbor/bookworm", RealPackages.Deb(_repositories.Temp, "hello-slipway", "1.0"));
        var client = Client(snapshot.Repository);
        var release = Path.Combine(snapshot.Path, "dists/bookworm/InRelease");
        Tool.Flip(release, File.ReadAllText(release).IndexOf("Suite:", StringComparison.Ordinal) + 8);
        File.Delete(Path.Combine(snapshot.Path, "dists/bookworm/Release.gpg"));
        var update = client.Try("update");
        Assert.False(update.Succeeded);
        Assert.Contains("BADSIG", update.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Apt_refuses_a_changed_package()
    {
        var snapshot = _repositories.Publish("harbor/bookworm", RealPackages.Deb(_repositories.Temp, "hello-slipway", "1.0"));
        var client = Client(snapshot.Repository);
        client.Run("update");
        Tool.Flip(Path.Combine(snapshot.Path, "pool/hello-slipway/hello-slipway_1.0_amd64.deb"), -5);
        var install = client.Try("install", "hello-slipway");
        Assert.False(install.Succeeded);
        Assert.Contains("Hash Sum mismatch", install.Text, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_repositories.Temp["root", "usr/share/hello-slipway"]));
    }

    private AptClient Client(RepositoryId id) =>
        new(_repositories.Temp, File.ReadAllText(Path.Combine(_repositories.Store.PathOf(id), $"{id.Word}-{id.Dist}.sources")));
}
