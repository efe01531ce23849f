using Slipway.Packages.Mirrors;
using Slipway.Packages.Tests.Repositories;

namespace Slipway.Packages.Tests.Mirrors;

/// <summary>Repositories as the distributions' own tools make and sign them, served over HTTP.</summary>
internal sealed class Upstream : IDisposable
{
    private readonly string _home;

    public Upstream()
    {
        _home = Temp.Make("gpg");
        File.SetUnixFileMode(_home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Gpg("--pinentry-mode", "loopback", "--passphrase", "", "--quick-generate-key", "upstream", "rsa2048", "sign", "never");
        Keys = Gpg("--armor", "--export");
        Server = new UpstreamServer(Temp.Make("www"));
    }

    public TempDirectory Temp { get; } = new();

    public UpstreamServer Server { get; }

    public string Keys { get; }

    public string this[string path] => Path.Combine(Temp["www"], path);

    public MirrorSource Make(PackageType type, int packages)
    {
        for (var i = 1; i <= packages; i++)
        {
            var file = type switch
            {
                PackageType.Deb => RealPackages.Deb(Temp, $"tool{i}", "1.0-1", $"content {i}\n"),
                PackageType.Rpm => RealPackages.Rpm(Temp, $"tool{i}", "1.0", $"content {i}"),
                _ => RealPackages.Pacman(Temp, $"tool{i}", "1:1.0-1", $"content {i}\n"),
            };
            var place = type == PackageType.Deb ? this[$"pool/{Path.GetFileName(file)}"] : this[Path.GetFileName(file)];
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            File.Move(file, place, overwrite: true);
        }
        Index(type);
        return new() { Type = type, Url = Server.Url, Keys = Keys, Suite = type == PackageType.Rpm ? "" : "stable" };
    }

    public void Index(PackageType type, string validFor = "")
    {
        switch (type)
        {
            case PackageType.Deb: IndexDebs(validFor); break;
            case PackageType.Rpm:
                Tool.Run("createrepo_c", "-q", "--compress-type=gz", Temp["www"]);
                Sign("repodata/repomd.xml", "--armor");
                break;
            default:
                File.Delete(this["stable.db"]);
                Tool.RunIn(Temp["www"], [("HOME", Temp.Path)], "repo-add", ["stable.db.tar.gz", .. Directory.GetFiles(Temp["www"], "*.pkg.tar.zst").Order(StringComparer.Ordinal)]);
                File.Delete(this["stable.db"]);
                File.Copy(this["stable.db.tar.gz"], this["stable.db"]);
                Sign("stable.db");
                break;
        }
    }

    public void Sign(string path, params string[] options)
    {
        var signature = this[path] + (options.Contains("--armor") ? ".asc" : ".sig");
        File.Delete(signature);
        Gpg([.. options, "--output", signature, "--detach-sign", this[path]]);
    }

    public void Dispose()
    {
        Server.Dispose();
        Tool.Try("gpgconf", "--homedir", _home, "--kill", "all");
        Temp.Dispose();
    }

    private void IndexDebs(string validFor) => SignDebs(Tool.RunIn(Temp["www"], [], "apt-ftparchive", "packages", "pool"), validFor);

    /// <summary>Indexes and signs the debs at the top, as a repository without suites.</summary>
    public void IndexFlat()
    {
        Directory.Delete(this["dists"], recursive: true);
        File.WriteAllText(this["Packages"], Tool.RunIn(Temp["www"], [], "apt-ftparchive", "packages", "."));
        Tool.RunIn(Temp["www"], [], "xz", "-f", "Packages");
        var release = Tool.RunIn(Temp["www"], [], "apt-ftparchive", "release", ".");
        File.WriteAllText(this["Release"], release);
        Gpg("--output", this["InRelease"], "--clear-sign", this["Release"]);
    }

    /// <summary>Signs a release with this text as its only index.</summary>
    public void SignDebs(string packages, string validFor = "")
    {
        var binary = Temp.Make("www", "dists/stable/main/binary-amd64");
        File.WriteAllText(Path.Combine(binary, "Packages"), packages);
        Tool.RunIn(binary, [], "xz", "-kf", "Packages");
        string[] until = validFor.Length == 0 ? [] : ["-o", $"APT::FTPArchive::Release::ValidTime={validFor}"];
        File.Delete(this["dists/stable/InRelease"]);
        File.Delete(this["dists/stable/Release"]);
        var release = Tool.RunIn(Temp["www"], [], "apt-ftparchive", ["-o", "APT::FTPArchive::Release::Suite=stable", "-o", "APT::FTPArchive::Release::Codename=stable", .. until, "release", "dists/stable"]);
        File.WriteAllText(this["dists/stable/Release"], release);
        Gpg("--output", this["dists/stable/InRelease"], "--clear-sign", this["dists/stable/Release"]);
    }

    private string Gpg(params string[] arguments) => Tool.Run("gpg", ["--homedir", _home, "--batch", "--quiet", .. arguments]);
}
