using System.Text;
using Slipway.Compose;
using Slipway.Compose.Payloads;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Packages.Signing;
using Slipway.Releases.Adoption;
using Slipway.Releases.Gates;
using Slipway.Releases.Providers;
using Slipway.Releases.Publishing;
using Slipway.Releases.Running;
using Slipway.Releases.Watching;
using Slipway.Sandbox;
using Slipway.State;
using Slipway.Updates;
using Slipway.Updates.Device;

namespace Slipway.Releases.Tests.Adoption;

/// <summary>An old stream of five versions over a format bump, the packages it was made from, and an empty data directory.</summary>
internal sealed class AdoptionScene : IDisposable
{
    public const string Stream = "harbor";
    private const string Url = "http://127.0.0.1:8080/streams/harbor/www";

    // Making a key takes longer than most tests.
    private static readonly Lazy<SigningCertificate> s_certificate = new(() => SigningCertificate.Create("Mixer", DateTimeOffset.UtcNow.AddDays(-1), keyBits: 2048));

    private readonly Database _database;
    private readonly string _root = Directory.CreateTempSubdirectory("slipway-adopt-").FullName;

    public AdoptionScene()
    {
        Data = new DataDirectory(Path.Combine(_root, "data"));
        Data.Create();
        Old = new OldStream(Directory.CreateDirectory(Path.Combine(_root, "mixer")).FullName);
        s_certificate.Value.Save(Old.Certificate, Old.Key);
        _database = Database.Open(Data.StateDb, [.. StateMigrations.All, .. ReleasesMigrations.All], TimeProvider.System);
        var store = new ContentStore(Data.Store);
        Site = new StreamSite(Data, _database, store, stream => Signer is { } signer ? StreamSigning.By(signer, stream) : Signing());
        var publisher = new ReleasePublisher(Site);
        Planner = new ReleasePlanner(Site, _ => new StreamSources(PackageType.Rpm, "x86_64", null, [("own", new DirectoryProvider("own", InputKind.Provider, Packages, PackageType.Rpm, 10, store))], null), "test");
        var runner = new ReleaseRunner(Site, new Composer(new PayloadStore(Path.Combine(Data.Cache, "payloads"), store), store),
            new ReleaseGates(TimeProvider.System, new GateSandbox(new BuildSandbox(SandboxAccount.Ensure()))), publisher)
        { Events = e => TestContext.Current.TestOutputHelper?.WriteLine($"{e.Version} {e.Stage} {e.Text}") };
        Loop = new ReleaseWatchLoop(Site, Planner, runner, publisher);
        Operations = new ReleaseOperations(Site, Planner, publisher);
        Adoption = new StreamAdoption(Site, Planner);
        Commit();
    }

    public DataDirectory Data { get; }
    public OldStream Old { get; }

    /// <summary>Signs what is made here; unset: the old stream's key does, in this process.</summary>
    public SignerClient? Signer { get; set; }

    public StreamSite Site { get; }
    public ReleasePlanner Planner { get; }
    public ReleaseWatchLoop Loop { get; }
    public ReleaseOperations Operations { get; }
    public StreamAdoption Adoption { get; }
    public string Packages => Directory.CreateDirectory(Path.Combine(_root, "packages")).FullName;
    public string Www => Site.Places(Stream).Www;

    /// <summary>The versions 10 and 20, 30 and 40 over a format bump, and 50; the packages hold what 50 has.</summary>
    public void MakeOld()
    {
        void Core(string path, OldNode node) => Old.Set("os-core", path, node);
        foreach (var directory in (string[])["/dev", "/etc", "/proc", "/run", "/sys", "/usr", "/usr/bin", "/usr/lib", "/usr/lib64", "/usr/share", "/usr/share/clear", "/usr/share/clear/bundles", "/usr/share/core", "/var"])
            Core(directory, OldNode.Directory());
        Core("/tmp", OldNode.Directory(0x3ff));
        foreach (var (path, target) in ((string, string)[])[("/bin", "usr/bin"), ("/sbin", "usr/bin"), ("/usr/sbin", "bin"), ("/lib", "usr/lib"), ("/lib64", "usr/lib64")])
            Core(path, OldNode.Link(target));
        Core("/usr/bin/core-tool", OldNode.File("tool\n", 0x1ed));
        Core("/usr/share/core/readme", OldNode.File("first\n"));
        Core("/usr/share/core/obsolete", OldNode.File("goes away\n"));
        foreach (var bundle in (string[])["os-core", "os-core-update", "editors"])
            Old.Set(bundle, $"/usr/share/clear/bundles/{bundle}", OldNode.File(""));
        foreach (var directory in (string[])["/usr/share/defaults", "/usr/share/defaults/swupd", "/usr/share/clear/update-ca"])
            Old.Set("os-core-update", directory, OldNode.Directory());
        Old.Set("os-core-update", "/usr/share/defaults/swupd/contenturl", OldNode.File(Url));
        Old.Set("os-core-update", "/usr/share/defaults/swupd/versionurl", OldNode.File(Url));
        Old.Set("os-core-update", "/usr/share/clear/update-ca/Swupd_Root.pem", OldNode.File(File.ReadAllText(Old.Certificate)));
        Old.Set("editors", "/usr/share/edit", OldNode.Directory());
        Old.Set("editors", "/usr/bin/edit", OldNode.File("editor\n", 0x1ed));
        Old.Set("editors", "/usr/share/edit/syntax", OldNode.File(Lines("old")));
        Old.Publish(10, 29);
        Old.Remove("os-core", "/usr/share/core/obsolete");
        Core("/usr/share/core/readme", OldNode.File("second\n"));
        Old.Publish(20, 29);
        Old.Publish(30, 29, says: 40, saysFormat: 30);
        Old.Publish(40, 30, minVersion: 40);
        Old.Set("editors", "/usr/share/edit/syntax", OldNode.File(Lines("new")));
        Old.Publish(50, 30);
        OldPackages.Make(Packages, Lines("new"));
    }

    /// <param name="ownTrust">It trusts what its root says, not what the test says.</param>
    public Device DeviceOf(string name, string www, bool ownTrust = false)
    {
        var root = Directory.CreateDirectory(Path.Combine(_root, "devices", name, "root")).FullName;
        return new Device(new DeviceOptions
        {
            Path = root,
            ContentUrl = www,
            VersionUrl = www,
            CertificateFile = ownTrust ? null : Old.Certificate,
            StateDirectory = Path.Combine(_root, "devices", name, "state"),
        });
    }

    public void Dispose()
    {
        _database.Dispose();
        using var parent = RootedTree.Open(Path.GetDirectoryName(_root)!);
        parent.RemoveTree(BytePath.From(Path.GetFileName(_root)));
    }

    private void Commit()
    {
        var work = Directory.CreateDirectory(Path.Combine(_root, "work", "bundles")).Parent!.FullName;
        File.WriteAllText(Path.Combine(work, "stream.yml"),
            $$"""
            stream: harbor
            format: 30
            upstream: {type: none, packages: rpm}
            providers: [{name: own, type: directory, path: {{Packages}}}]
            bundles: [os-core, os-core-update, editors]
            update_bundle: os-core-update
            content_url: {{Url}}
            channels: [{name: stable, publish: auto}]
            """);
        File.WriteAllText(Path.Combine(work, "bundles/os-core"), "# [TITLE]: os-core\nfilesystem\ncore-tools\n");
        File.WriteAllText(Path.Combine(work, "bundles/os-core-update"), "include(os-core)\n");
        File.WriteAllText(Path.Combine(work, "bundles/editors"), "include(os-core)\neditor\n");
        var bare = Path.Combine(Data.Git, Stream + ".git");
        Git.Init(bare, bare: true);
        var git = Git.Init(work, bare: false);
        git.CommitAll("Describe the stream", new GitAuthor("Test", "test@harbor.example", DateTimeOffset.UnixEpoch.AddYears(50)));
        git.Push(bare, default, "main:main");
    }

    private StreamSigning Signing()
    {
        var signer = SigningCertificate.Load(Old.Certificate, Old.Key);
        return new StreamSigning(Encoding.ASCII.GetBytes(signer.CertificatePem()), (content, time) => signer.Sign(content.Span, time));
    }

    private static string Lines(string word) => string.Concat(Enumerable.Range(0, 400).Select(i => $"{i} {(i == 200 ? word : "same")}\n"));
}
