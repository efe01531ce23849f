using System.Text;
using Slipway.Content;
using Slipway.Releases.Tracing;
using Slipway.State;

namespace Slipway.Releases.Tests.Tracing;

public sealed class ReleaseTraceTests
{
    [Fact]
    public async Task File_leads_back_to_its_commit_and_the_commit_forward_to_its_release()
    {
        using var stream = new TestStream();
        stream.MakeDistribution();
        stream.MakeOwn("1", "traced");
        var commit = stream.Commit("gates: [manifest]");
        await stream.SettleAsync();
        RecordBuild(stream, "hello_1_amd64.deb");
        var trace = new ReleaseTrace(stream.Site);
        var hash = Digest.OfFile(Path.Combine(stream.Places.Full(10), "usr/bin/hello")).ToString();

        var answer = trace.Back("/usr/bin/hello", hash, TestStream.Name, 10);
        Assert.Equal(TraceVerdict.Found, answer.Verdict);
        Assert.Equal(["harbor"], answer.Bundles);
        Assert.Equal(("hello", "1"), (answer.Package!.Name, answer.Package.Version));
        Assert.Equal(["build 7", "request r-1", "commit abc"], answer.Origin.Select(s => $"{s.ToKind} {s.ToId}"));
        Assert.Equal(TraceVerdict.Found, trace.Back("usr/bin/hello", answer.ExpectedHash!).Verdict);

        Assert.Contains(trace.Forward("commit", "abc"), s => s is { FromKind: "release", FromId: "harbor/10" });
        Assert.Contains(trace.Forward("commit", "abc"), s => s is { FromKind: "channel", FromId: "harbor/stable#1" });
        Assert.Contains(trace.Forward("commit", commit), s => s is { FromKind: "release", FromId: "harbor/10" });
    }

    [Fact]
    public async Task Edited_file_is_not_from_this_release_and_an_unknown_one_is_unknown()
    {
        using var stream = new TestStream();
        stream.MakeDistribution();
        stream.MakeOwn("1", "one");
        stream.Commit("gates: [manifest]");
        await stream.SettleAsync();
        var trace = new ReleaseTrace(stream.Site);
        var edited = trace.Back("usr/bin/hello", Digest.Of("edited"u8).ToString(), TestStream.Name, 10);
        Assert.Equal(TraceVerdict.NotFromThisRelease, edited.Verdict);
        Assert.StartsWith("not from this release", edited.Text, StringComparison.Ordinal);
        Assert.Equal(TraceVerdict.Unknown, trace.Back("usr/bin/nothing", Digest.Of("x"u8).ToString()).Verdict);

        stream.MakeOwn("2", "two");
        await stream.SettleAsync();
        var old = Digest.OfFile(Path.Combine(stream.Places.Full(10), "usr/bin/hello")).ToString();
        Assert.Contains("it is the one of harbor/10", trace.Back("usr/bin/hello", old, TestStream.Name, 20).Text, StringComparison.Ordinal);
        var made = trace.Back("usr/share/clear/version", Digest.Of(Encoding.ASCII.GetBytes("20")).ToString(), TestStream.Name);
        Assert.Null(made.Package);
        Assert.Equal("made when harbor/20 was composed", made.Text);
    }

    [Fact]
    public async Task Queries_tell_what_a_dashboard_shows()
    {
        using var stream = new TestStream();
        stream.MakeDistribution();
        stream.Commit("gates: [manifest, signatures]");
        await stream.SettleAsync();
        stream.MakeOwn("1", "one");
        await stream.SettleAsync();
        var queries = new ReleaseQueries(stream.Site);
        var view = Assert.Single(queries.Streams());
        Assert.Equal((TestStream.Name, 10u), (view.Name, view.Latest!.Value));
        Assert.Equal(10u, Assert.Single(view.Channels).Version);
        var release = queries.Releases(TestStream.Name)[0];
        Assert.Equal(["editors", "harbor", "os-core"], release.Bundles);
        Assert.Equal(["initialise", "packages", "compose", "content", "deltas", "validate", "notes", "stage", "publish"], release.Stages.Select(s => s.Stage));
        Assert.All(release.Gates, g => Assert.Equal(GateVerdict.Passed, g.Verdict));
        var diff = queries.Diff(TestStream.Name, 5, 10);
        Assert.Equal(["harbor-release", "hello"], diff.Packages.Added.Select(p => p.Name));
        Assert.Equal(["harbor"], diff.AddedBundles);
        Assert.Contains(diff.Files, f => f is { Path: "usr/bin/hello", Change: "added" });
        Assert.Contains("Added packages:\n    harbor-release  1\n    hello  1\n", queries.Notes(TestStream.Name, 10)!.ToText(), StringComparison.Ordinal);
    }

    // What the build service writes when it publishes a package.
    private static void RecordBuild(TestStream stream, string file) => stream.Site.Database.Write(t =>
    {
        var package = new Node("file", Digest.OfFile(Path.Combine(stream.Own, file)).ToString());
        Ledger.Record(t, package, new Node("build", "7"));
        Ledger.Record(t, new Node("build", "7"), new Node("request", "r-1"));
        Ledger.Record(t, new Node("request", "r-1"), new Node("commit", "abc"));
    });
}
