using System.Text;
using Slipway.Content;

namespace Slipway.Sandbox.Tests;

public sealed class GitTests : IDisposable
{
    private static readonly GitAuthor Ada = new("Ada", "ada@example.org", DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));
    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    private (Git Git, string First, string Second) TwoCommits()
    {
        var git = Git.Init(_scratch["work"], bare: false);
        Directory.CreateDirectory(_scratch["work/projects/a b"]);
        File.WriteAllText(_scratch["work/projects/a b/ü.txt"], "one\n");
        File.WriteAllText(_scratch["work/top"], "top\n");
        var first = git.CommitAll("Begin", Ada)!;
        File.WriteAllText(_scratch["work/projects/a b/ü.txt"], "two\n");
        var second = git.CommitAll("Change\n\nBecause.", Ada)!;
        return (git, first, second);
    }

    [Fact]
    public void Commit_of_nothing_is_none_and_the_same_input_gives_the_same_commit()
    {
        var (git, first, _) = TwoCommits();
        Assert.Null(git.CommitAll("Again", Ada));
        Assert.Equal(first, git.ResolveRef("HEAD~1"));
        Assert.Null(git.ResolveRef("no-such"));
    }

    [Fact]
    public void Difference_and_tree_name_files_as_bytes()
    {
        var (git, first, second) = TwoCommits();
        Assert.Equal([BytePath.From("projects/a b/ü.txt")], git.DiffNames(first, second));
        Assert.Equal(["projects/a b/ü.txt", "top"], git.DiffNames(null, second).Select(p => p.ToString()));
        var entry = Assert.Single(git.ListTree(second, BytePath.From("projects")));
        Assert.Equal(("100644", "blob"), (entry.Mode, entry.Kind));
    }

    [Fact]
    public void Files_are_read_at_a_commit()
    {
        var (git, first, second) = TwoCommits();
        var path = BytePath.From("projects/a b/ü.txt");
        Assert.Equal("one\n", Encoding.UTF8.GetString(git.ReadFile(first, path)!));
        Assert.Equal("two\n", Encoding.UTF8.GetString(git.ReadFile(second, path)!));
        Assert.Null(git.ReadFile(second, BytePath.From("absent")));
        Assert.Throws<SlipwayException>(() => git.ReadFile("0000000000000000000000000000000000000001", path));
        Assert.Throws<SlipwayException>(() => git.ReadFile("--output=/tmp/x", path));
    }

    [Fact]
    public void Archive_is_a_tar_of_one_directory()
    {
        var (git, _, second) = TwoCommits();
        using var archive = git.Archive(second, BytePath.From("projects"));
        using var copy = new MemoryStream();
        archive.CopyTo(copy);
        var list = ChildProcess.Run(new("tar", "-tf", "-") { Input = copy.ToArray() }).Require("tar");
        Assert.Contains("a b/", list.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("top", list.Text, StringComparison.Ordinal);
        Assert.Throws<SlipwayException>(() => git.Archive(second, BytePath.From("none")));
    }

    [Fact]
    public void Mirror_follows_and_log_tells_who_and_why()
    {
        var (git, first, second) = TwoCommits();
        Git.Init(_scratch["bare"], bare: true);
        git.Push(_scratch["bare"], default, "main:main");
        var mirror = Git.Clone(_scratch["bare"], _scratch["mirror"], mirror: true);
        Assert.Equal(second, mirror.ResolveRef("main"));
        File.WriteAllText(_scratch["work/top"], "new\n");
        var third = git.CommitAll("Third", Ada);
        git.Push(_scratch["bare"], default, "main:main");
        mirror.Fetch(_scratch["bare"], default, "+refs/heads/*:refs/heads/*");
        Assert.Equal(third, mirror.ResolveRef("main"));
        Assert.Equal([("Third", "Ada"), ("Change", "Ada")], mirror.Log(first, "main").Select(c => (c.Subject, c.AuthorName)));
    }

    [Fact]
    public void Remote_that_is_no_repository_fails_with_its_name_and_programs_as_transports_are_refused()
    {
        var failure = Assert.Throws<SlipwayException>(() => Git.Clone(_scratch["absent"], _scratch["x"], mirror: true));
        Assert.Contains("absent", failure.Message, StringComparison.Ordinal);
        Assert.Throws<SlipwayException>(() => Git.Clone("ext::sh -c id", _scratch["y"], mirror: true));
        Assert.Throws<SlipwayException>(() => Git.Clone("--upload-pack=id", _scratch["z"], mirror: true));
    }
}
