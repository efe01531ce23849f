using Slipway.Content;
using Slipway.Sandbox;

namespace Slipway.Builds.Tests.Sources;

/// <summary>Files that a package names in `sources`, fetched from a server that speaks https and from a git repository behind it.</summary>
public sealed class SourceFetchTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-sources-").FullName;
    private readonly SecureServer _server;
    private readonly HttpClient _trusting;
    private readonly ContentStore _store;
    private readonly string _commit;

    public SourceFetchTests()
    {
        _server = new(Directory.CreateDirectory(Path.Combine(_directory, "www")).FullName);
        _trusting = _server.Client();
        _store = new(Path.Combine(_directory, "store"));
        File.WriteAllText(Path.Combine(_directory, "certificate.pem"), _server.Certificate);
        File.WriteAllText(Path.Combine(_directory, "www/tool-1.tar"), "a tarball\n");
        _commit = MakeRepository();
    }

    public void Dispose()
    {
        _trusting.Dispose();
        _server.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task File_of_a_web_server_is_fetched_once_and_laid_beside_the_recipe()
    {
        var line = $"{Sha256("a tarball\n")}  tool.tar  {_server.Url}/tool-1.tar\n";
        var package = await Place(line, "one");
        Assert.Equal("a tarball\n", File.ReadAllText(Path.Combine(package, "tool.tar")));
        await Place(line, "two");
        Assert.Single(_server.Requests, "/tool-1.tar");
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_directory, "scratch")));
    }

    [Fact]
    public async Task File_of_a_git_commit_is_fetched_and_laid_beside_the_recipe()
    {
        var package = await Place($"{Sha256("of a commit\n")}  data.txt  git+{_server.Url}/repository#{_commit}:sub/file\n", "one");
        Assert.Equal("of a commit\n", File.ReadAllText(Path.Combine(package, "data.txt")));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_directory, "scratch")));
    }

    [Theory]
    [InlineData("tool-1.tar", "", false, "has no file with the digest")]
    [InlineData("gone.tar", "", true, "404")]
    [InlineData("repository", "#COMMIT:sub/other", false, "has no file with the digest")]
    [InlineData("repository", "#COMMIT:nowhere", false, "has no file with the digest")]
    [InlineData("repository", "#1111111111111111111111111111111111111111:sub/file", true, "1111111111")]
    [InlineData("no-repository", "#COMMIT:sub/file", true, "no-repository")]
    public async Task What_is_not_there_or_is_something_else_is_said_and_never_stored(string path, string rest, bool mayComeLater, string words)
    {
        var wanted = Sha256("what the packager saw\n");
        var origin = (rest.Length > 0 ? "git+" : "") + $"{_server.Url}/{path}{rest.Replace("COMMIT", _commit, StringComparison.Ordinal)}";
        var refused = await Assert.ThrowsAsync<SourceException>(() => Place($"{wanted}  x  {origin}\n", "one"));
        Assert.Equal(mayComeLater, refused.Infrastructure);
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
        Assert.False(_store.Contains(Digest.Parse(wanted)));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_directory, "scratch")));
    }

    [Theory]
    [InlineData("", "/tool-1.tar")]
    [InlineData("git+", "/repository#COMMIT:sub/file")]
    public async Task Server_that_nobody_vouches_for_is_not_asked(string kind, string path)
    {
        using var plain = new HttpClient();
        using var fetch = new SourceFetch(_store, null, plain, Path.Combine(_directory, "scratch"));
        var refused = await Assert.ThrowsAsync<SourceException>(() => Place(fetch, $"{Sha256("a tarball\n")}  x  {kind}{_server.Url}{path.Replace("COMMIT", _commit, StringComparison.Ordinal)}\n", "one"));
        Assert.True(refused.Infrastructure);
        Assert.Empty(_server.Requests);
    }

    private async Task<string> Place(string sources, string package)
    {
        using var fetch = new SourceFetch(_store, null, _trusting, Path.Combine(_directory, "scratch")) { GitEnvironment = new Dictionary<string, string> { ["GIT_SSL_CAINFO"] = Path.Combine(_directory, "certificate.pem") } };
        return await Place(fetch, sources, package);
    }

    private async Task<string> Place(SourceFetch fetch, string sources, string package)
    {
        Directory.CreateDirectory(Path.Combine(_directory, "scratch"));
        var directory = Directory.CreateDirectory(Path.Combine(_directory, "packages", package)).FullName;
        File.WriteAllText(Path.Combine(directory, SourcesFile.FileName), sources);
        await fetch.PlaceAsync(directory, _ => { }, TestContext.Current.CancellationToken);
        return directory;
    }

    // Served as files, which git can read by itself once the names of its refs are written down.
    private string MakeRepository()
    {
        var work = Path.Combine(_directory, "work");
        var git = Git.Init(work, bare: false);
        Directory.CreateDirectory(Path.Combine(work, "sub"));
        File.WriteAllText(Path.Combine(work, "sub/file"), "of a commit\n");
        File.WriteAllText(Path.Combine(work, "sub/other"), "another\n");
        var commit = git.CommitAll("Begin", new GitAuthor("A", "a@example.org", DateTimeOffset.UnixEpoch))!;
        var place = Path.Combine(_directory, "www/repository");
        Git.Clone(work, place, mirror: true);
        ChildProcess.Run(new("git", "-C", place, "update-server-info")).Require("list the refs");
        return commit;
    }

    private static string Sha256(string text) => Digest.Of(System.Text.Encoding.UTF8.GetBytes(text)).ToString();
}
