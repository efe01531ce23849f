using Slipway.Updates.Tests.Creation;

namespace Slipway.Updates.Tests.Conformance;

/// <summary>Cases of the format that concern nodes: what is hashed and what is left out (cases 9, 10, 29 to 31, 35).</summary>
public sealed class NodeTests : IDisposable
{
    private readonly TestRelease _os = new();

    public NodeTests() => _os.Bundle("b");

    public void Dispose() => _os.Dispose();

    [Fact]
    [Trait("case", "9")]
    public void A_fifo_is_skipped_and_in_no_manifest()
    {
        _os.Fifo("/usr/pipe", "b");
        var warnings = new List<string>();
        _os.Build(10, change: o => o with { Warn = warnings.Add });
        Assert.Null(_os.Row(10, "b", "/usr/pipe"));
        Assert.Null(_os.Row(10, "full", "/usr/pipe"));
        Assert.Contains(warnings, w => w.Contains("/usr/pipe", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("case", "10")]
    public void A_changed_mode_alone_gives_a_new_version_and_a_full_file()
    {
        _os.File("/usr/bin/su", "x", bundle: "b");
        _os.Build(10);
        _os.File("/usr/bin/su", "x", mode: 2541, bundle: "b");
        _os.Build(20, 10);
        Assert.Equal("F..x 20", _os.Row(20, "b", "/usr/bin/su"));
        Assert.True(_os.IsPublished($"20/files/{SwupdHash.OfFile(2541, 0, 0, "x"u8)}.tar"));
    }

    [Fact]
    [Trait("case", "29")]
    public void Names_with_characters_that_shells_take_are_skipped_and_odd_ones_kept()
    {
        foreach (var c in ";&|*`<>\\\"'\a") _os.File($"/usr/share/x{c}y", "1", bundle: "b");
        foreach (var name in (string[])["a b", "é", "x=y", "-", "#"]) _os.File($"/usr/share/{name}", "1", bundle: "b");
        _os.Build(10);
        var names = _os.Read(10, "b").Records.Select(r => r.Name.ToString()).ToList();
        Assert.DoesNotContain(names, n => n.StartsWith("/usr/share/x", StringComparison.Ordinal) && n != "/usr/share/x=y");
        foreach (var name in (string[])["a b", "é", "x=y", "-", "#"]) Assert.Contains($"/usr/share/{name}", names);
    }

    [Fact]
    public void A_line_end_in_a_path_cannot_break_the_manifest()
    {
        _os.File("/usr/share/d\nF/x", "1", bundle: "b");
        _os.File("/usr/share/t\tx", "1", bundle: "b");
        _os.Build(10);
        Assert.DoesNotContain(_os.Read(10, "full").Records, r => r.Name.Span.ContainsAny((byte)'\n', (byte)'\t'));
    }

    [Fact]
    [Trait("case", "30")]
    public void Debug_files_are_dropped_and_their_directory_stays()
    {
        _os.File("/usr/lib/debug/x", "1", bundle: "b");
        _os.File("/usr/lib/debugX", "1", bundle: "b");
        _os.File("/usr/src/debug/x", "1", bundle: "b");
        _os.Build(10);
        Assert.Equal("D... 10", _os.Row(10, "b", "/usr/lib/debug"));
        Assert.Null(_os.Row(10, "b", "/usr/lib/debug/x"));
        Assert.Null(_os.Row(10, "b", "/usr/lib/debugX"));
        Assert.Null(_os.Row(10, "full", "/usr/src/debug/x"));
        Assert.Equal(3ul, _os.Read(10, "b").ContentSize);
    }

    [Fact]
    [Trait("case", "31")]
    public void A_listed_file_that_is_not_there_is_skipped()
    {
        _os["b"].Files["/usr/share/missing"] = false;
        _os.Build(10);
        Assert.Null(_os.Row(10, "b", "/usr/share/missing"));
    }

    [Fact]
    [Trait("case", "35")]
    public void Types_may_change()
    {
        _os.Directory("/usr/share/x", bundle: "b");
        _os.File("/usr/share/y", "1", bundle: "b");
        _os.Build(10);
        _os.File("/usr/share/x", "1", bundle: "b");
        _os.Link("/usr/share/y", "x", bundle: "b");
        _os.Build(20, 10);
        Assert.Equal("F... 20", _os.Row(20, "b", "/usr/share/x"));
        Assert.Equal("L... 20", _os.Row(20, "b", "/usr/share/y"));
    }
}
