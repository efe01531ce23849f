using Slipway.Packages.Repositories;
using Slipway.Packages.Tests.Clients;
using Slipway.Packages.Tests.Signing;
using Slipway.Sandbox;

namespace Slipway.Packages.Tests.Repositories;

public sealed class PacmanClientTests(RunningSigner signer) : IDisposable
{
    private readonly TestRepositories _repositories = new(signer.Client);

    public void Dispose() => _repositories.Dispose();

    [Fact]
    public void Pacman_installs_from_the_repository_with_required_signatures()
    {
        var snapshot = _repositories.Publish("harbor/sub/pacman",
            RealPackages.Pacman(_repositories.Temp, "hello-slipway", "1.0-1"), RealPackages.Pacman(_repositories.Temp, "hello-any", "1:2.0-1", architecture: "any", extra: "depend = hello-slipway>=1.0\n"));
        using var client = Client(snapshot.Repository);
        client.Trust(Key(snapshot.Repository));
        client.Run("-Sy", "hello-any");
        Assert.Equal("hello\n", File.ReadAllText(_repositories.Temp["root", "usr/share/hello-slipway/text"]));
        client.Run("-Fy", "usr/share/hello-any/text");
        _repositories.Publish("harbor/sub/pacman", RealPackages.Pacman(_repositories.Temp, "hello-slipway", "1.1-1", "new\n"));
        client.Run("-Syu");
        Assert.Equal("new\n", File.ReadAllText(_repositories.Temp["root", "usr/share/hello-slipway/text"]));
    }

    [Fact]
    public void Pacman_refuses_a_changed_index_a_changed_package_and_an_unknown_key()
    {
        var snapshot = _repositories.Publish("harbor/pacman", RealPackages.Pacman(_repositories.Temp, "hello-slipway", "1.0-1"));
        using var client = Client(snapshot.Repository);
        Refused(client.Try("-Sy", "hello-slipway"), "key");
        client.Trust(Key(snapshot.Repository));

        var package = Path.Combine(_repositories.Store.PathOf(snapshot.Repository), "x86_64/hello-slipway-1.0-1-x86_64.pkg.tar.zst");
        var sound = File.ReadAllBytes(package);
        Tool.Flip(package, -4);
        Refused(client.Try("-Sy", "hello-slipway"), "corrupted");
        File.Delete(package);
        File.WriteAllBytes(package, sound);

        Tool.Flip(Path.Combine(snapshot.Path, "x86_64/harbor.db"), 40);
        Refused(client.Try("-Syy", "hello-slipway"), "signature");
        Assert.False(File.Exists(_repositories.Temp["root", "usr/share/hello-slipway/text"]));
    }

    private static void Refused(ChildResult result, string because)
    {
        Assert.False(result.Succeeded, result.Text);
        Assert.Contains(because, result.Text, StringComparison.Ordinal);
    }

    private PacmanClient Client(RepositoryId id) =>
        new(_repositories.Temp, File.ReadAllText(Path.Combine(_repositories.Store.PathOf(id), $"{id.Word}-{id.Dist}.pacman.conf")));

    private string Key(RepositoryId id) => Path.Combine(_repositories.Store.PathOf(id), "repository.asc");
}
