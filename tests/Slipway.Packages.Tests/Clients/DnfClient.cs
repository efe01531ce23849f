using Slipway.Sandbox;

namespace Slipway.Packages.Tests.Clients;

/// <summary>dnf with a repository's ready .repo file and a scratch root.</summary>
internal sealed class DnfClient
{
    private readonly TempDirectory _temp;

    public DnfClient(TempDirectory temp, string repo)
    {
        _temp = temp;
        foreach (var made in new[] { "root", "home", "dnf/repos" }) Directory.CreateDirectory(temp[made]);
        // Debian's rpm keeps its database in the home directory unless it is told otherwise.
        File.WriteAllText(temp["home/.rpmmacros"], "%_dbpath /var/lib/rpm\n");
        File.WriteAllText(temp["dnf/repos/harbor.repo"], repo);
        File.WriteAllText(temp["dnf/dnf.conf"], $"[main]\ngpgcheck=1\nplugins=0\nreposdir={temp["dnf/repos"]}\ncachedir={temp["dnf/cache"]}\nlogdir={temp["dnf"]}\npersistdir={temp["dnf/persist"]}\n");
    }

    public ChildResult Try(params string[] verb) => Tool.TryIn(null, [("HOME", _temp["home"])], "dnf",
        ["-c", _temp["dnf/dnf.conf"], "-y", "--installroot", _temp["root"], "--releasever=1", "--setopt=install_weak_deps=0", .. verb]);

    public void Run(params string[] verb)
    {
        var result = Try(verb);
        Assert.True(result.Succeeded, result.Text);
    }
}
