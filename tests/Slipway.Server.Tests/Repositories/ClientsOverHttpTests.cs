using Slipway.Packages.Tests.Clients;
using Slipway.Packages.Tests.Repositories;

namespace Slipway.Server.Tests.Repositories;

/// <summary>The real clients, with the configuration that the service hands out and every signature check on.</summary>
public sealed class ClientsOverHttpTests(TestSite site) : IDisposable
{
    private readonly PublishedPackages _packages = new(site);

    private string Text => File.ReadAllText(_packages.Temp["root", "usr/share/hello-slipway/text"]);

    public void Dispose() => _packages.Dispose();

    [Fact]
    public async Task Apt_installs_and_follows()
    {
        _packages.Publish("clients/bookworm", RealPackages.Deb(_packages.Temp, "hello-slipway", "1.0"));
        var client = new AptClient(_packages.Temp, await _packages.GetAsync("/clients/bookworm/clients-bookworm.sources"));
        client.Run("update");
        client.Run("install", "hello-slipway");
        Assert.Equal("hello\n", Text);
        _packages.Publish("clients/bookworm", RealPackages.Deb(_packages.Temp, "hello-slipway", "1.1", "new\n"));
        client.Run("update");
        client.Run("install", "hello-slipway");
        Assert.Equal("new\n", Text);
    }

    [Fact]
    public async Task Dnf_installs_and_follows()
    {
        _packages.Publish("clients/rpm", RealPackages.Rpm(_packages.Temp, "hello-slipway", "1.0"));
        var client = new DnfClient(_packages.Temp, await _packages.GetAsync("/clients/rpm/clients-rpm.repo"));
        client.Run("install", "hello-slipway");
        Assert.Equal("hello\n", Text);
        _packages.Publish("clients/rpm", RealPackages.Rpm(_packages.Temp, "hello-slipway", "1.1", "new"));
        client.Run("upgrade", "--refresh");
        Assert.Equal("new\n", Text);
    }

    [Fact]
    public async Task Zypper_installs_and_follows()
    {
        _packages.Publish("clients/suse", RealPackages.Rpm(_packages.Temp, "hello-slipway", "1.0"));
        var client = new ZypperClient(_packages.Temp, await _packages.GetAsync("/clients/suse/clients-suse.repo"));
        client.Run("refresh");
        client.Run("install", "hello-slipway");
        Assert.Equal("hello\n", Text);
        _packages.Publish("clients/suse", RealPackages.Rpm(_packages.Temp, "hello-slipway", "1.1", "new"));
        // libzypp reads a mirror list again only in a later second than that of the copy it has (RepoMirrorList.cc).
        await Task.Delay(1100, TestContext.Current.CancellationToken);
        client.Run("refresh", "--force");
        client.Run("update", "hello-slipway");
        Assert.Equal("new\n", Text);
    }

    [Fact]
    public async Task Pacman_installs_and_follows()
    {
        _packages.Publish("clients/arch", RealPackages.Pacman(_packages.Temp, "hello-slipway", "1.0-1"));
        using var client = new PacmanClient(_packages.Temp, await _packages.GetAsync("/clients/arch/clients-arch.pacman.conf"));
        File.WriteAllText(_packages.Temp["key.asc"], await _packages.GetAsync("/clients/arch/repository.asc"));
        client.Trust(_packages.Temp["key.asc"]);
        client.Run("-Sy", "hello-slipway");
        Assert.Equal("hello\n", Text);
        // Twice within a second: a client that asks by the second still sees the last.
        _packages.Publish("clients/arch", RealPackages.Pacman(_packages.Temp, "hello-slipway", "1.1-1", "newer\n"));
        client.Run("-Sy");
        _packages.Publish("clients/arch", RealPackages.Pacman(_packages.Temp, "hello-slipway", "1.2-1", "newest\n"));
        client.Run("-Syu");
        Assert.Equal("newest\n", Text);
    }
}
