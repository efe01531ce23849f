using System.Text.Json;
using Slipway.Cli.Compat;

namespace Slipway.Cli.Tests;

/// <summary>`slipway repo`, `gc`, `du` and `keys` as an operator types them, against a running service.</summary>
public sealed class RepoVerbTests(ServedRepositories site)
{
    private const string Name = ServedRepositories.Name;

    [Fact]
    public void A_repository_is_listed_shown_promoted_rolled_back_kept_and_let_go()
    {
        Assert.Contains(site.Json("repo", "list").EnumerateArray(), row => row.GetProperty("project").GetString() == "harbor" && row.GetProperty("type").GetString() is "Deb" or "deb");
        Assert.Contains("harbor", site.Done("repo", "list"), StringComparison.Ordinal);
        Assert.Equal(["1.0", "1.1"], Versions(Name));
        Assert.Equal(["1.0"], Versions(Name, "--snapshot", "1"));
        Assert.Contains("Packages of snapshot 1:", site.Done("repo", "show", Name, "--snapshot", "1"), StringComparison.Ordinal);

        var promoted = site.Json("repo", "promote", Name, "stable/bookworm", "--snapshot", "1");
        Assert.Equal(("stable", 1), (promoted.GetProperty("project").GetString(), promoted.GetProperty("packages").GetInt32()));
        Assert.Equal(["1.0"], Versions("stable/bookworm"));
        site.Done("repo", "promote", Name, "stable/bookworm");
        Assert.Equal(["1.0", "1.1"], Versions("stable/bookworm"));
        site.Done("repo", "rollback", "stable/bookworm");
        Assert.Equal(["1.0"], Versions("stable/bookworm"));

        var kept = site.Json("repo", "snapshot", "stable/bookworm", "--keep", "--reason", "as shipped").GetProperty("snapshot").GetInt64();
        Assert.Equal("as shipped", Snapshot("stable/bookworm", kept).GetProperty("kept").GetString());
        site.Done("repo", "snapshot", "stable/bookworm", "--let-go", $"{kept}");
        Assert.Equal(JsonValueKind.Null, Snapshot("stable/bookworm", kept).GetProperty("kept").ValueKind);
    }

    [Fact]
    public void A_sound_repository_is_verified_with_0_and_a_damaged_one_with_1()
    {
        site.Done("repo", "promote", Name, "damaged/bookworm");
        Assert.Contains("damaged/bookworm snapshot 1 is sound", site.Done("repo", "verify", "damaged/bookworm"), StringComparison.Ordinal);
        var index = new FileInfo(Path.Combine(site.Data, "repos/damaged/bookworm/current/dists/bookworm/Release"));
        File.AppendAllText(index.FullName, "X-More: of it\n");
        var (exit, output, _) = site.Run("repo", "verify", "damaged/bookworm");
        Assert.Equal(1, exit);
        Assert.Contains("dists/bookworm/Release is not what was published", output, StringComparison.Ordinal);
        var json = site.Run("repo", "verify", "damaged/bookworm", "--json");
        Assert.Equal((1, true), (json.Exit, JsonDocument.Parse(json.Output).RootElement.GetProperty("problems").GetArrayLength() > 0));
    }

    [Fact]
    public void An_export_is_tried_and_made_and_a_mirror_takes_a_repository_in()
    {
        var www = Path.Combine(site.Place, "www");
        string[] export = ["repo", "export", Name, "--to", www, "--url", "https://packages.example.org/harbor"];
        Assert.True(site.Json([.. export, "--dry-run"]).GetProperty("content").GetInt32() > 0);
        Assert.False(Directory.Exists(www));
        Assert.Equal(0, site.Json(export).GetProperty("removed").GetArrayLength());
        Assert.Contains("https://packages.example.org/harbor/", File.ReadAllText(Path.Combine(www, "harbor-bookworm.sources")), StringComparison.Ordinal);

        var key = Path.Combine(site.Place, "repository.asc");
        File.WriteAllText(key, site.Done("keys", "show"));
        site.Done("repo", "mirror", "copy/bookworm", "--type", "deb", "--url", $"{site.Url}/harbor/bookworm", "--suite", "bookworm", "--keys", key);
        Assert.Equal(["1.0", "1.1"], Versions("copy/bookworm"));
        Assert.Contains("is sound", site.Done("repo", "verify", "copy/bookworm"), StringComparison.Ordinal);
    }

    [Fact]
    public void Space_is_shown_and_freed()
    {
        Assert.Contains(site.Json("du").EnumerateArray(), part => part.GetProperty("part").GetString() == "store: snapshots" && part.GetProperty("bytes").GetInt64() > 0);
        Assert.Contains("repos", site.Done("du"), StringComparison.Ordinal);
        Assert.StartsWith("would remove 0 contents", site.Done("gc", "--dry-run"), StringComparison.Ordinal);
        Assert.Equal(0, site.Json("gc", "--keep-snapshots", "5").GetProperty("contents").GetInt32());
        using var busy = new FileStream(Path.Combine(site.Data, "gc.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        Assert.Equal(4, site.Run("gc").Exit);
    }

    [Fact]
    public void Keys_are_listed_rotated_and_retired()
    {
        var first = site.Json("keys", "list")[0].GetProperty("fingerprint").GetString()!;
        var refused = site.Run("keys", "retire", first);
        Assert.Equal((2, true), (refused.Exit, refused.Error.Contains("it is the one that signs", StringComparison.Ordinal)));
        var rotated = site.Json("keys", "rotate", "--overlap-days", "0");
        Assert.Equal(2, rotated.GetArrayLength());
        Assert.Contains("previous", site.Done("keys", "list").ToLowerInvariant(), StringComparison.Ordinal);
        site.Done("keys", "retire", first);
        Assert.Contains(site.Json("keys", "list").EnumerateArray(), key => key.GetProperty("fingerprint").GetString() == first && key.GetProperty("state").GetString()!.Equals("retired", StringComparison.OrdinalIgnoreCase));
        Assert.Contains("is sound", site.Done("repo", "verify", Name), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("repo", "show", "no/where")]
    [InlineData("repo", "show", "no-slash")]
    [InlineData("repo", "show", Name, "--snapshot", "99")]
    [InlineData("repo", "rollback", Name, "--to", "99")]
    [InlineData("repo", "promote", Name, "../../etc/x")]
    [InlineData("repo", "promote", Name)]
    [InlineData("repo", "snapshot", Name, "--keep", "--let-go", "1")]
    [InlineData("repo", "export", Name, "--to", "relative", "--url", "https://example.org")]
    [InlineData("repo", "export", Name, "--to", "/tmp/never", "--url", "https://example.org", "--grace-hours", "0.1")]
    [InlineData("repo", "mirror", "copy/x", "--type", "deb", "--url", "https://example.org", "--keys", "/there/is/none")]
    [InlineData("gc", "--grace-hours", "0.1")]
    [InlineData("keys", "retire", "0123")]
    public void What_cannot_be_is_said_with_the_code_for_wrong_usage(params string[] arguments)
    {
        var (exit, _, error) = site.Run(arguments);
        Assert.Equal((2, false), (exit, error.Contains("   at Slipway", StringComparison.Ordinal)));
        Assert.NotEmpty(error.Trim());
    }

    [Theory]
    [InlineData("repo", "list")]
    [InlineData("repo", "verify", Name)]
    [InlineData("keys", "list")]
    [InlineData("du")]
    [InlineData("gc", "--dry-run")]
    public void Without_a_service_the_code_says_that_it_cannot_be_reached(params string[] arguments)
    {
        var (exit, _, error) = ServedRepositories.Alone([.. arguments, "--server", "http://127.0.0.1:9"]);
        Assert.Equal(3, exit);
        Assert.Contains("Try: slipway serve", error, StringComparison.Ordinal);
    }

    public static TheoryData<string> AllExamples => [.. ManPage.AllOf(CommandTree.Create()).SelectMany(Examples.Of).Distinct()];

    [Theory, MemberData(nameof(AllExamples))]
    public void Every_example_of_the_help_is_a_command_that_is_understood(string example)
    {
        // A part of another program (`ln`, `man`) is that program's to understand.
        if (example.Split(" | ").FirstOrDefault(part => part.StartsWith("slipway ", StringComparison.Ordinal)) is not { } command) return;
        string[] words = [.. System.CommandLine.Parsing.CommandLineParser.SplitCommandLine(command.Split(" > ")[0].Split(" < ")[0]).Skip(1)];
        if (CompatProgram.Called(words) is { } other)
            Assert.Equal(CommandLineOutcome.Options, CommandLineReader.Read(other.Usage, other.Arguments).Outcome);
        else
            Assert.Empty(CommandTree.Create().Parse(words).Errors);
    }

    private JsonElement Snapshot(string repository, long number) =>
        site.Json("repo", "show", repository).GetProperty("snapshots").EnumerateArray().Single(row => row.GetProperty("number").GetInt64() == number);

    private IEnumerable<string?> Versions(string repository, params string[] more) =>
        site.Json(["repo", "show", repository, .. more]).GetProperty("packages").EnumerateArray().Select(package => package.GetProperty("version").GetString()).Order();
}
