using System.Globalization;

namespace Slipway.Harbor;

/// <summary>The real apt, dnf and pacman, each in a scratch root of its own, with every signature check on.</summary>
internal sealed class Clients(Service service, string scratch)
{
    public async Task<string> InstallWithAptAsync(CancellationToken cancellation)
    {
        var root = Fresh("apt");
        var key = Path.Combine(scratch, "harbor.asc");
        await File.WriteAllTextAsync(key, await service.GetTextAsync("/harbor/bookworm/key.asc", cancellation), cancellation);
        var machine = Path.Combine(service.Data, "cache", "apt", "etc", "sources.list");
        var ours = Path.Combine(scratch, "harbor.list");
        await File.WriteAllTextAsync(ours, $"deb [signed-by={key}] {service.Url}/harbor/bookworm bookworm main\n", cancellation);
        await Programs.RunAsync("mmdebstrap",
            ["--quiet", "--mode=root", "--variant=essential", "--include=hello", "--skip=check/signed-by", "bookworm", root, machine, ours],
            cancellation);
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
        return await HelloAsync(root, cancellation);
    }

    public async Task<string> InstallWithPacmanAsync(CancellationToken cancellation)
    {
        var root = Fresh("pacman");
        Directory.CreateDirectory(Path.Combine(root, "var/lib/pacman"));
        var keys = Fresh("pacman-keys");
        var key = Path.Combine(scratch, "pacman.asc");
        await FetchAsync("/harbor/pacman/key.asc", key, cancellation);
        await Programs.RunAsync("pacman-key", ["--gpgdir", keys, "--init"], cancellation);
        await Programs.RunAsync("pacman-key", ["--gpgdir", keys, "--add", key], cancellation);
        var listed = await Programs.RunAsync("gpg", ["--homedir", keys, "--with-colons", "--list-keys", "--fingerprint"], cancellation);
        foreach (var fingerprint in Fingerprints(listed, await File.ReadAllTextAsync(key, cancellation)))
            await Programs.RunAsync("pacman-key", ["--gpgdir", keys, "--lsign-key", fingerprint], cancellation);
        var configuration = Path.Combine(scratch, "pacman.conf");
        await File.WriteAllTextAsync(configuration,
            "[options]\nArchitecture = x86_64\nSigLevel = Required\n"
            + await service.GetTextAsync("/base/pacman/pacman.conf", cancellation)
            + await service.GetTextAsync("/harbor/pacman/pacman.conf", cancellation), cancellation);
        await Programs.RunAsync("pacman",
            ["--root", root, "--config", configuration, "--gpgdir", keys, "--cachedir", Fresh("pacman-cache"), "--noconfirm", "-Sy", "hello"],
            cancellation);
        await EndAgentAsync(keys, cancellation);
        return await HelloAsync(root, cancellation);
    }

    private static async Task<string> HelloAsync(string root, CancellationToken cancellation) =>
        (await Programs.RunAsync("chroot", [root, "/usr/bin/hello"], cancellation)).Trim();

    private static Task EndAgentAsync(string keys, CancellationToken cancellation) =>
        Programs.TryAsync("gpgconf", ["--homedir", keys, "--kill", "all"], cancellation);

    private static IEnumerable<string> Fingerprints(string colons, string armoredKey)
    {
        // pacman-key --init makes a key of its own ("Pacman Keyring Master Key"); only ours must be signed by it.
        _ = armoredKey;
        string? fingerprint = null;
        foreach (var fields in colons.Split('\n').Select(line => line.Split(':')))
        {
            if (fields[0] == "pub") fingerprint = null;
            if (fields[0] == "fpr") fingerprint ??= fields[9];
            if (fields[0] == "uid" && fingerprint is not null && !fields[9].Contains("Pacman", StringComparison.Ordinal))
                yield return fingerprint;
        }
    }

    private string Fresh(string name)
    {
        var path = Path.Combine(scratch, string.Create(CultureInfo.InvariantCulture, $"{name}"));
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        return Directory.CreateDirectory(path).FullName;
    }

    private async Task FetchAsync(string path, string file, CancellationToken cancellation) =>
        await File.WriteAllTextAsync(file, await service.GetTextAsync(path, cancellation), cancellation);
}
