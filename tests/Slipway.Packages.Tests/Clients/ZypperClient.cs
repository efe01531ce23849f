using Slipway.Sandbox;

namespace Slipway.Packages.Tests.Clients;

/// <summary>zypper with a repository's ready .repo file and a scratch root.</summary>
internal sealed class ZypperClient
{
    private readonly TempDirectory _temp;

    public ZypperClient(TempDirectory temp, string repo)
    {
        _temp = temp;
        foreach (var made in new[] { "root/etc/zypp/repos.d", "home" }) Directory.CreateDirectory(temp[made]);
        File.WriteAllText(temp["home/.rpmmacros"], "%_dbpath /var/lib/rpm\n");
        // Else it looks for news, and for the mirror list, every ten minutes only.
        File.WriteAllText(temp["zypp.conf"], "[main]\nrepo.refresh.delay = 0\n");
        File.WriteAllText(temp["root/etc/zypp/repos.d/harbor.repo"], repo);
    }

    public ChildResult Try(params string[] verb) => Tool.TryIn(null, [("HOME", _temp["home"]), ("ZYPP_CONF", _temp["zypp.conf"]), ("ZYPP_LOGFILE", _temp["zypper.log"])], "zypper",
        ["--root", _temp["root"], "--non-interactive", "--gpg-auto-import-keys", .. verb]);

    public void Run(params string[] verb)
    {
        var result = Try(verb);
        Assert.True(result.Succeeded, result.Text);
    }
}
