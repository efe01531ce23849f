using System.Text;
using Slipway.Content;

namespace Slipway.Packages.Tests.Apt;

/// <summary>A small signed apt archive in a directory, and an apt configuration that knows it.</summary>
internal sealed class SignedArchive : IDisposable
{
    private readonly TempDirectory temp;
    private readonly string home;
    private readonly StringBuilder sources = new();

    public SignedArchive(TempDirectory temp, string name)
    {
        this.temp = temp;
        Root = temp.Make(name);
        home = temp.Make(name + "-gnupg");
        Tool.Run("chmod", "700", home);
        Gpg("--quick-generate-key", $"{name} <{name}@example.org>", "ed25519", "sign", "1y");
        Keyring = temp[name + ".gpg"];
        Gpg("--output", Keyring, "--export");
    }

    public string Root { get; }
    public string Keyring { get; }

    /// <summary>A line for sources.list.</summary>
    public string Line => $"deb [signed-by={Keyring}] file:{Root} stable main";

    public string AddDeb(string package, string version, string more = "")
    {
        var tree = temp.Make($"tree-{package}-{version}");
        Directory.CreateDirectory(Path.Combine(tree, "DEBIAN"));
        File.WriteAllText(Path.Combine(tree, "DEBIAN/control"), $"Package: {package}\nVersion: {version}\nArchitecture: amd64\nMaintainer: a <a@b>\n{more}Description: {package}\n");
        Directory.CreateDirectory(Path.Combine(Root, "pool"));
        var deb = Path.Combine(Root, "pool", $"{package}_{version}_amd64.deb");
        Tool.Run("dpkg-deb", "--root-owner-group", "-Zgzip", "-b", tree, deb);
        return deb;
    }

    public void AddSource(string package, string version, params string[] missing)
    {
        Directory.CreateDirectory(Path.Combine(Root, "pool"));
        sources.Append($"Package: {package}\nBinary: {package}\nVersion: {version}\nFormat: 3.0 (quilt)\nDirectory: pool\nChecksums-Sha256:\n");
        foreach (var name in (string[])[$"{package}_{version}.orig.tar.gz", $"{package}_{version}.dsc"])
        {
            var content = $"{name}\n";
            if (!missing.Contains(name)) File.WriteAllText(Path.Combine(Root, "pool", name), content);
            sources.Append($" {Digest.Of(Encoding.UTF8.GetBytes(content))} {content.Length} {name}\n");
        }
        sources.Append('\n');
    }

    public void Publish()
    {
        var binary = Path.Combine(Root, "dists/stable/main/binary-amd64");
        var source = Path.Combine(Root, "dists/stable/main/source");
        Directory.CreateDirectory(binary);
        Directory.CreateDirectory(source);
        Directory.CreateDirectory(Path.Combine(Root, "pool"));
        File.WriteAllText(Path.Combine(binary, "Packages"), Tool.RunIn(Root, [], "apt-ftparchive", "packages", "pool"));
        File.WriteAllText(Path.Combine(source, "Sources"), sources.ToString());
        var suite = Path.Combine(Root, "dists/stable");
        File.Delete(Path.Combine(suite, "InRelease"));
        File.WriteAllText(temp["Release"], Tool.RunIn(suite, [], "apt-ftparchive", "-o", "APT::FTPArchive::Release::Codename=stable", "-o", "APT::FTPArchive::Release::Suite=stable",
            "-o", "APT::FTPArchive::Release::Components=main", "-o", "APT::FTPArchive::Release::Architectures=amd64", "release", "."));
        Gpg("--output", Path.Combine(suite, "InRelease"), "--clearsign", temp["Release"]);
    }

    /// <summary>An apt configuration with these lists alone.</summary>
    public static string Configuration(TempDirectory temp, params string[] lines)
    {
        File.WriteAllLines(temp["sources.list"], lines);
        var nothing = temp.Make("nothing");
        File.WriteAllText(temp["machine.conf"], $"""
            APT::Architecture "amd64";
            Dir::Etc::parts "{nothing}";
            Dir::Etc::main "/dev/null";
            Dir::Etc::sourcelist "{temp["sources.list"]}";
            Dir::Etc::sourceparts "{nothing}";
            Dir::Etc::trusted "/dev/null";
            Dir::Etc::trustedparts "{nothing}";
            Acquire::Retries "0";
            Acquire::AllowInsecureRepositories "true";
            APT::Update::Post-Invoke {"{"} "touch {temp["hook-ran"]}"; {"}"};
            """);
        return temp["machine.conf"];
    }

    public void Dispose() => Tool.Try("gpgconf", "--homedir", home, "--kill", "all");

    private void Gpg(params string[] arguments) =>
        Tool.Run("gpg", ["--homedir", home, "--batch", "--yes", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", .. arguments]);
}
