using System.Text;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Sandbox;
using Slipway.State;

namespace Slipway.Cli.Sample;

/// <summary>
/// Makes the two git repositories of the sample OS Harbor, as its maintainer would keep them. Upstream sources come from
/// the machine's own distribution; only their digests and Debian's packaging enter the repository.
/// </summary>
internal sealed class HarborSample(DataDirectory data, HostApt apt, ContentStore store, string samples, TimeProvider clock)
{
    public const string Stream = "harbor";
    private static readonly string[] Upstreams = ["hello", "jq"];

    public string SourceRepository => Path.Combine(data.Git, "source.git");

    public string StreamRepository => Path.Combine(data.Git, Stream + ".git");

    /// <summary>The source repository: three packages and three dists. Needs the distribution's sources.</summary>
    public void EnsureSource(CancellationToken cancellation) => MakeOnce(SourceRepository, tree =>
    {
        Copy(Path.Combine(samples, "source"), tree);
        foreach (var upstream in Upstreams) Import(upstream, Path.Combine(tree, "projects/harbor", upstream), cancellation);
    });

    /// <summary>The stream repository: what Harbor is made of, and how it is released.</summary>
    public void EnsureStream(string contentUrl) => MakeOnce(StreamRepository, tree =>
    {
        Copy(Path.Combine(samples, "stream"), tree);
        Fill(Path.Combine(tree, "stream.yml"), ("@CONTENT_URL@", contentUrl));
    });

    private void Import(string name, string package, CancellationToken cancellation)
    {
        var downloads = Path.Combine(package, ".downloads");
        Directory.CreateDirectory(downloads);
        var source = apt.FetchSource(name, downloads, cancellation: cancellation);
        var tarball = source.Files.Single(f => f.Name.Contains(".orig.tar.", StringComparison.Ordinal) && !f.Name.EndsWith(".asc", StringComparison.Ordinal));
        var packaging = source.Files.Single(f => f.Name.Contains(".debian.tar.", StringComparison.Ordinal));
        store.AddFile(Path.Combine(downloads, tarball.Name));
        Unpack(Path.Combine(downloads, packaging.Name), package);
        File.WriteAllText(Path.Combine(package, "sources"), $"{tarball.Digest}  {tarball.Name}  apt-source:{name}\n");
        var upstream = tarball.Name[(name.Length + 1)..tarball.Name.IndexOf(".orig.tar.", StringComparison.Ordinal)];
        foreach (var recipe in new[] { $"{name}.spec", "PKGBUILD" }.Select(file => Path.Combine(package, file)).Where(File.Exists))
            Fill(recipe, ("@UPSTREAM@", upstream), ("@SHA256@", tarball.Digest.ToString()));
        AddRevision(Path.Combine(package, "debian/changelog"), name, source.Version);
        Directory.Delete(downloads, recursive: true);
    }

    private void MakeOnce(string repository, Action<string> fill)
    {
        var bare = Git.Init(repository, bare: true);
        if (bare.Head() is not null) return;
        var making = repository + ".making";
        if (Directory.Exists(making)) Directory.Delete(making, recursive: true);
        var tree = Git.Init(making, bare: false);
        fill(tree.Directory);
        tree.CommitAll("Begin Harbor", new GitAuthor("Harbor Maintainers", "maintainers@harbor.example", clock.GetUtcNow()));
        // A push is all or nothing: a kill before it leaves an empty repository, and the next start begins anew.
        tree.Push(bare.Directory, default, "main");
        Directory.Delete(making, recursive: true);
    }

    /// <summary>Debian's own packaging, with a revision that is higher than the distribution's.</summary>
    private static void AddRevision(string changelog, string name, string version)
    {
        var before = File.ReadAllText(changelog);
        var signature = before.Split('\n').First(line => line.StartsWith(" -- ", StringComparison.Ordinal));
        var date = signature[(signature.IndexOf('>', StringComparison.Ordinal) + 1)..].Trim();
        File.WriteAllText(changelog,
            $"{name} ({version}+harbor1) harbor; urgency=medium\n\n  * Build for Harbor.\n\n -- Harbor Maintainers <maintainers@harbor.example>  {date}\n\n{before}");
    }

    private static void Fill(string file, params (string Token, string Value)[] tokens) =>
        File.WriteAllText(file, tokens.Aggregate(File.ReadAllText(file), (text, token) => text.Replace(token.Token, token.Value, StringComparison.Ordinal)), new UTF8Encoding(false));

    private static void Unpack(string tarball, string into)
    {
        using var file = File.OpenRead(tarball);
        using var tar = Compressor.DecompressDetected(file);
        using var tree = RootedTree.Open(into);
        TreeExtract.Extract(tar, tree, new ExtractOptions());
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
            File.SetUnixFileMode(target, File.GetUnixFileMode(file));
        }
    }
}
