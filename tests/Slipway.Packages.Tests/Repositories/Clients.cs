using System.Globalization;
using System.Text.RegularExpressions;
using Slipway.Sandbox;

namespace Slipway.Packages.Tests.Repositories;

/// <summary>A package manager with a state of its own that trusts the given keys and uses one repository.</summary>
internal abstract class Client(TempDirectory temp, string name)
{
    protected string Place { get; } = temp.Make(name);

    /// <summary>Fetches the indexes; what it finds wrong ends in a failure.</summary>
    public abstract ChildResult Refresh();

    /// <summary>Downloads a package that the fetched indexes name, and checks it.</summary>
    public abstract ChildResult Download(string package);

    protected string Make(params string[] parts) => Directory.CreateDirectory(Path.Combine([Place, .. parts])).FullName;

    protected string Write(string name, string content)
    {
        var file = Path.Combine(Place, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
        return file;
    }
}

internal sealed class AptClient : Client
{
    private readonly string _configuration;
    private readonly string _downloads;

    public AptClient(TempDirectory temp, string name, string url, string dist, string keys) : base(temp, name)
    {
        foreach (var made in new[] { "etc/preferences.d", "etc/apt.conf.d", "etc/trusted.gpg.d", "state/lists/partial", "cache/archives/partial" }) Make(made);
        _downloads = Make("downloads");
        var armored = string.Concat(keys.TrimEnd('\n').Split('\n').Select(line => $" {(line.Length == 0 ? "." : line)}\n"));
        Write("etc/sources.list.d/test.sources", $"Types: deb\nURIs: {url}/\nSuites: {dist}\nComponents: main\nSigned-By:\n{armored}");
        (string, string)[] settings =
        [
            ("Dir::Etc", Path.Combine(Place, "etc")), ("Dir::State", Path.Combine(Place, "state")), ("Dir::Cache", Path.Combine(Place, "cache")), ("Dir::State::status", Write("status", "")),
            ("Dir::Log", Place), ("APT::Architecture", "amd64"), ("APT::Architectures", "amd64"), ("Debug::NoLocking", "true"), ("Acquire::Languages", "none"),
            ("APT::Update::Error-Mode", "any"), ("APT::Sandbox::User", "root"), ("Acquire::Retries", "0"),
        ];
        _configuration = Write("apt.conf", string.Concat(settings.Select(setting => $"{setting.Item1} \"{setting.Item2}\";\n")) + "#clear APT::Update::Post-Invoke;\n#clear APT::Update::Post-Invoke-Success;\n");
    }

    public override ChildResult Refresh() => Tool.Try("apt-get", "-c", _configuration, "update");

    public override ChildResult Download(string package)
    {
        foreach (var old in Directory.GetFiles(_downloads)) File.Delete(old);
        return Tool.TryIn(_downloads, [], "apt-get", "-c", _configuration, "download", package);
    }
}

internal sealed class DnfClient : Client
{
    private readonly string _configuration;
    private readonly string _root;
    private readonly string _downloads;

    /// <param name="repoGpgCheck">Whether the signature of repomd.xml is checked too.</param>
    public DnfClient(TempDirectory temp, string name, string url, string keys, bool repoGpgCheck = true) : base(temp, name)
    {
        (_root, _downloads) = (Make("root"), Make("downloads"));
        Write("repos/test.repo", $"[test]\nname=test\nbaseurl={url}/\nenabled=1\ngpgcheck=1\nrepo_gpgcheck={(repoGpgCheck ? 1 : 0)}\ngpgkey=file://{Write("keys.asc", keys)}\nretries=1\n");
        _configuration = Write("dnf.conf", $"[main]\nplugins=0\nreposdir={Place}/repos\ncachedir={Place}/cache\nlogdir={Place}\npersistdir={Place}/persist\nretries=1\n");
    }

    public override ChildResult Refresh() => Dnf("makecache", "--refresh");

    public override ChildResult Download(string package) => Dnf("install", "--downloadonly", "--downloaddir", _downloads, package);

    private ChildResult Dnf(params string[] verb) =>
        Tool.TryIn(null, [("HOME", Place)], "dnf", ["-c", _configuration, "-y", "--installroot", _root, "--releasever=1", "--setopt=install_weak_deps=0", .. verb]);
}

internal sealed partial class PacmanClient : Client, IDisposable
{
    private readonly string _configuration;

    public PacmanClient(TempDirectory temp, string name, string url, string word, string keys) : base(temp, name)
    {
        foreach (var made in new[] { "root/var/lib/pacman", "cache", "hooks", "gpg" }) Make(made);
        File.SetUnixFileMode(Path.Combine(Place, "gpg"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _configuration = Write("pacman.conf", $"[options]\nArchitecture = x86_64\nSigLevel = Required\nDisableDownloadTimeout\n[{word}]\nSigLevel = Required\nServer = {url}/$arch\n");
        var file = Write("keys.asc", keys);
        string[] common = ["--gpgdir", Path.Combine(Place, "gpg"), "--config", _configuration];
        Tool.Run("pacman-key", [.. common, "--init"]);
        Tool.Run("pacman-key", [.. common, "--add", file]);
        foreach (Match key in FingerprintLine().Matches(Tool.Run("gpg", "--homedir", Path.Combine(Place, "gpg"), "--with-colons", "--show-keys", file)))
            Tool.Run("pacman-key", [.. common, "--lsign-key", key.Groups[1].Value]);
    }

    public override ChildResult Refresh() => Pacman("-Syy");

    public override ChildResult Download(string package)
    {
        foreach (var old in Directory.GetFiles(Path.Combine(Place, "cache"))) File.Delete(old);
        return Pacman("-Sw", package);
    }

    public void Dispose() => Tool.Try("gpgconf", "--homedir", Path.Combine(Place, "gpg"), "--kill", "all");

    private ChildResult Pacman(params string[] verb) => Tool.Try("pacman",
        ["-r", Path.Combine(Place, "root"), "--config", _configuration, "--gpgdir", Path.Combine(Place, "gpg"), "--cachedir", Path.Combine(Place, "cache"),
            "--hookdir", Path.Combine(Place, "hooks"), "--logfile", string.Create(CultureInfo.InvariantCulture, $"{Place}/pacman.log"), "--noconfirm", .. verb]);

    [GeneratedRegex("fpr:+([0-9A-F]{40}):")]
    private static partial Regex FingerprintLine();
}
