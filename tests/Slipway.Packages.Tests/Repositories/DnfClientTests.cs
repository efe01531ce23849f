using Slipway.Packages.Repositories;
using Slipway.Packages.Tests.Clients;
using Slipway.Packages.Tests.Signing;
using Slipway.Sandbox;

namespace Slipway.Packages.Tests.Repositories;

public sealed class DnfClientTests(RunningSigner signer) : IDisposable
{
    private readonly TestRepositories _repositories = new(signer.Client);

    public void Dispose() => _repositories.Dispose();

    [Fact]
    public void Dnf_installs_from_the_repository_with_both_signature_checks_on()
    {
        var snapshot = _repositories.Publish("harbor/rpm",
            RealPackages.Rpm(_repositories.Temp, "hello-slipway", "1.0"), RealPackages.Rpm(_repositories.Temp, "needs-hello", "1.0", extra: "Requires: hello-slipway >= 1.0"));
        var result = Dnf(snapshot.Repository, "install", "needs-hello");
        Assert.True(result.Succeeded, result.Text);
        Assert.Equal("hello\n", File.ReadAllText(_repositories.Temp["root", "usr/share/hello-slipway/text"]));
        _repositories.Publish("harbor/rpm", RealPackages.Rpm(_repositories.Temp, "hello-slipway", "1.1", "new"));
        result = Dnf(snapshot.Repository, "upgrade", "--refresh");
        Assert.True(result.Succeeded, result.Text);
        Assert.Equal("new\n", File.ReadAllText(_repositories.Temp["root", "usr/share/hello-slipway/text"]));
    }

    [Fact]
    public void Dnf_refuses_a_changed_index()
    {
        var snapshot = _repositories.Publish("harbor/rpm", RealPackages.Rpm(_repositories.Temp, "hello-slipway", "1.0"));
        var repomd = Path.Combine(snapshot.Path, "repodata/repomd.xml");
        Tool.Flip(repomd, File.ReadAllText(repomd).IndexOf("<revision>", StringComparison.Ordinal) + 12);
        var result = Dnf(snapshot.Repository, "install", "hello-slipway");
        Assert.False(result.Succeeded);
        Assert.Contains("repomd.xml GPG signature verification error", result.Text, StringComparison.Ordinal);
        Assert.False(File.Exists(_repositories.Temp["root", "usr/share/hello-slipway/text"]));
    }

    [Fact]
    public void Dnf_refuses_a_changed_package()
    {
        var snapshot = _repositories.Publish("harbor/rpm", RealPackages.Rpm(_repositories.Temp, "hello-slipway", "1.0"));
        Tool.Flip(Path.Combine(snapshot.Path, "x86_64/hello-slipway-1.0-1.x86_64.rpm"), -20);
        var result = Dnf(snapshot.Repository, "install", "hello-slipway");
        Assert.False(result.Succeeded);
        Assert.Contains("checksum", result.Text, StringComparison.OrdinalIgnoreCase);
        Assert.False(File.Exists(_repositories.Temp["root", "usr/share/hello-slipway/text"]));
    }

    private ChildResult Dnf(RepositoryId id, params string[] verb) =>
        new DnfClient(_repositories.Temp, File.ReadAllText(Path.Combine(_repositories.Store.PathOf(id), $"{id.Word}-{id.Dist}.repo"))).Try(verb);
}
