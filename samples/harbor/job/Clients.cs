namespace Slipway.Harbor;

/// <summary>The real apt, dnf and pacman, each in a scratch root of its own, with every signature check on.</summary>
internal sealed class Clients(Service service, Trash trash, string scratch)
{
    public async Task<string> InstallWithAptAsync(CancellationToken cancellation)
    {
        var root = Fresh("apt");
        var ours = Path.Combine(scratch, "harbor-bookworm.sources");
        await FetchAsync("/harbor/bookworm/harbor-bookworm.sources", ours, cancellation);
        var machine = Directory.GetFiles(Path.Combine(service.Data, "cache", "apt", "binary", "sources.d"));
        await Programs.RunAsync("mmdebstrap",
            ["--quiet", "--mode=root", "--variant=essential", "--include=hello", "bookworm", root, .. machine, ours], cancellation);
        return await HelloAsync(root, cancellation);
    }

    public async Task<string> InstallWithDnfAsync(CancellationToken cancellation)
    {
        var root = Fresh("dnf");
        var home = Directory.CreateDirectory(Path.Combine(scratch, "dnf-home")).FullName;
        // Debian's rpm keeps its database in the home directory unless it is told otherwise.
        await File.WriteAllTextAsync(Path.Combine(home, ".rpmmacros"), "%_dbpath /var/lib/rpm\n", cancellation);
        var repos = Directory.CreateDirectory(Path.Combine(scratch, "dnf-repos")).FullName;
        await FetchAsync("/base/rpm/base-rpm.repo", Path.Combine(repos, "base-rpm.repo"), cancellation);
        await FetchAsync("/harbor/rpm/harbor-rpm.repo", Path.Combine(repos, "harbor-rpm.repo"), cancellation);
        await Programs.RunAsync("env",
            ["HOME=" + home, "dnf", "--assumeyes", "--quiet", "--installroot=" + root, "--releasever=1", "--noplugins",
             "--setopt=reposdir=" + repos, "--setopt=cachedir=" + Path.Combine(scratch, "dnf-cache"),
             "--setopt=logdir=" + scratch, "--setopt=install_weak_deps=False", "install", "hello"],
            cancellation);
        // It leaves an agent for each keyring that it filled.
        foreach (var keyring in Directory.GetDirectories(Path.Combine(scratch, "dnf-cache"), "pubring", SearchOption.AllDirectories))
            await Programs.TryAsync("gpgconf", ["--homedir", keyring, "--kill", "all"], cancellation);
        return await HelloAsync(root, cancellation);
    }

    public async Task<string> InstallWithPacmanAsync(CancellationToken cancellation)
    {
        var root = Fresh("pacman");
        Directory.CreateDirectory(Path.Combine(root, "var/lib/pacman"));
        var keys = Fresh("pacman-keys");
        var key = Path.Combine(scratch, "pacman.asc");
        await FetchAsync("/harbor/pacman/repository.asc", key, cancellation);
        await Programs.RunAsync("pacman-key", ["--gpgdir", keys, "--init"], cancellation);
        await Programs.RunAsync("pacman-key", ["--gpgdir", keys, "--add", key], cancellation);
        var shown = await Programs.RunAsync("gpg", ["--homedir", keys, "--with-colons", "--show-keys", key], cancellation);
        var fingerprint = shown.Split('\n').Select(line => line.Split(':')).First(fields => fields[0] == "fpr")[9];
        await Programs.RunAsync("pacman-key", ["--gpgdir", keys, "--lsign-key", fingerprint], cancellation);
        var configuration = Path.Combine(scratch, "pacman.conf");
        await File.WriteAllTextAsync(configuration,
            "[options]\nArchitecture = x86_64\nSigLevel = Required\n"
            + await service.GetTextAsync("/base/pacman/base-pacman.pacman.conf", cancellation)
            + await service.GetTextAsync("/harbor/pacman/harbor-pacman.pacman.conf", cancellation), cancellation);
        await Programs.RunAsync("pacman",
            ["--root", root, "--config", configuration, "--gpgdir", keys, "--cachedir", Fresh("pacman-cache"), "--noconfirm", "-Sy", "hello"],
            cancellation);
        await Programs.TryAsync("gpgconf", ["--homedir", keys, "--kill", "all"], cancellation);
        return await HelloAsync(root, cancellation);
    }

    private static async Task<string> HelloAsync(string root, CancellationToken cancellation) =>
        (await Programs.RunAsync("chroot", [root, "/usr/bin/hello"], cancellation)).Trim();

    private string Fresh(string name)
    {
        var path = Path.Combine(scratch, name);
        trash.Take(path);
        return Directory.CreateDirectory(path).FullName;
    }

    private async Task FetchAsync(string path, string file, CancellationToken cancellation) =>
        await File.WriteAllTextAsync(file, await service.GetTextAsync(path, cancellation), cancellation);
}
