using Slipway.Content;
using Slipway.Releases.Configuration;
using Slipway.Releases.Importing;
using Slipway.Sandbox;

namespace Slipway.Releases.Tests.Importing;

public sealed class FactoryImportTests : IDisposable
{
    private const string Config =
        """
        #!/bin/bash
        # The Harbor distribution
        NAMESPACE=harbor
        export CLR_PUBLIC_DL_URL="https://www.example.org/upstream"  # a mirror
        DISTRO_URL='https://www.example.org/harbor'
        CONTENT_URL="${DISTRO_URL}/update"
        CLR_BUNDLES="os-core os-core-update \
            editors"
        : ${MIX_INCREMENT:=20}
        NUM_DELTA_BUILDS=5
        LOCAL_RPM_DIR=${RPMS:-/srv/rpms}
        PUBLISHING_HOST=www.example.org
        CLR_LATEST=$(cat latest)
        MIXER_ROOT=/srv/mixer
        KEY_ID=0042
        FIRST="(one" SECOND=two
        if [ -n "$DEBUG" ]; then set -x; fi

        sign_update() {
            # in: $1, out: $2
            { printf '%s ' "$KEY_ID"; cat "$1"; } > "$2"
        }
        """;

    private readonly string _root = Directory.CreateTempSubdirectory("slipway-import-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Target => Path.Combine(_root, "stream");

    public void Dispose()
    {
        using var parent = RootedTree.Open(Path.GetDirectoryName(_root)!);
        parent.RemoveTree(BytePath.From(Path.GetFileName(_root)));
    }

    [Fact]
    public void Every_line_has_a_place_or_a_reason()
    {
        var report = Import();
        var said = Config.Split('\n').Select((text, i) => (Text: text.Trim(), Line: i + 1)).Where(l => l.Text.Length > 0 && !l.Text.StartsWith('#')).ToList();
        var lines = report.Lines.Where(l => l.File == "config.sh").ToDictionary(l => l.Line);
        foreach (var (text, line) in said.Where(l => l.Line is not 8 and not (> 19)))
            Assert.True(lines.TryGetValue(line, out var row) && row.Text == text && (row.Place is not null || row.Why is not null), $"{line}: {text}");
        Assert.Equal("stream.yml: upstream.url", lines[4].Place);
        Assert.Null(lines[13].Place);
        Assert.Contains("only a shell", lines[13].Why, StringComparison.Ordinal);
        Assert.Contains("neither a variable nor a function", lines[17].Why, StringComparison.Ordinal);
        Assert.Contains("config.sh:13: CLR_LATEST=$(cat", File.ReadAllText(Path.Combine(Target, "import-report.txt")), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_written_is_a_stream()
    {
        var report = Import();
        var stream = StreamConfigReader.Parse(File.ReadAllText(Path.Combine(Target, "stream.yml")));
        Assert.Equal(("harbor", "stream", "https://www.example.org/upstream"), (stream.Name, stream.Upstream.Type, stream.Upstream.Url));
        Assert.Equal(["os-core", "os-core-update", "editors"], stream.Upstream.Bundles!);
        Assert.Equal((1000u, 20u, 5), (stream.Versions.Factor, stream.Versions.Step, stream.DeltasFromPrevious));
        Assert.Equal(("https://www.example.org/harbor/update", "os-core-update"), (stream.ContentUrl, stream.UpdateBundle));
        Assert.Equal(("directory", "/srv/rpms"), (stream.Providers.Single().Type, stream.Providers.Single().Url));
        Assert.Equal("ssh://www.example.org/srv/pub/harbor", stream.Destinations.Single().To);
        Assert.Contains(report.Lines, l => l is { File: "defs/broken", Line: 2 } && l.Why!.Contains("mended", StringComparison.Ordinal));
        Assert.Equal("vim\n", File.ReadAllText(Path.Combine(Target, "bundles", "local-tools"))[^4..]);
    }

    [Fact]
    public void Functions_are_commands_and_scripts_keep_their_contracts()
    {
        var report = Import();
        File.WriteAllText(Path.Combine(_root, "in"), "content");
        ChildProcess.Run(new(Path.Combine(Target, "hooks", "sign_update"), [Path.Combine(_root, "in"), Path.Combine(_root, "out")]), Cancel).Require("sign");
        Assert.Equal("0042 content", File.ReadAllText(Path.Combine(_root, "out")));
        Assert.Equal((UnixFileMode)0x1ed, File.GetUnixFileMode(Path.Combine(Target, "images", "live-finalize.sh")));
        string Why(string file) => report.Lines.Single(l => l.File == file).Why!;
        Assert.Contains("image live: called with one file", Why("images/live-finalize.sh"), StringComparison.Ordinal);
        Assert.Contains("root of the finished image", Why("images/live-post.sh"), StringComparison.Ordinal);
        Assert.Contains("other scripts", Why("images/task-compress.sh"), StringComparison.Ordinal);
        Assert.Contains("template of the image live", Why("images/live.yaml"), StringComparison.Ordinal);
    }

    [Fact]
    public void Tags_say_what_each_version_was_made_from()
    {
        Import();
        var rows = File.ReadAllLines(Path.Combine(Target, "imported-tags.tsv"));
        Assert.Equal([$"30000010\t{Head("config")}\t{Head("bundles")}"], rows);
        Assert.Throws<SlipwayException>(() => FactoryImport.Make(new FactoryOrder(Path.Combine(_root, "config"), null, Target, null)));
    }

    private ImportReport Import()
    {
        Write("config/config.sh", Config.Replace("\r", "", StringComparison.Ordinal) + "\nBUNDLES_REPO_SRC_DIR=defs\n");
        foreach (var script in (string[])["live-finalize.sh", "live-post.sh", "task-compress.sh"])
            Write($"config/images/{script}", "#!/bin/bash\n", 0x1ed);
        Write("config/images/live.yaml", "bundles: [os-core]\n");
        Write("bundles/defs/local-tools", "# [TITLE]: local-tools\nvim\n");
        Write("bundles/defs/broken", "vim\ninclude(a b)\n");
        Tag("config", "30000010");
        Tag("bundles", "harbor-30000010");
        return FactoryImport.Make(new FactoryOrder(Path.Combine(_root, "config"), Path.Combine(_root, "bundles"), Target, null));
    }

    private void Tag(string repository, string tag)
    {
        var git = Git.Init(Path.Combine(_root, repository), bare: false);
        var commit = git.CommitAll("All", new GitAuthor("Test", "test@harbor.example", DateTimeOffset.UnixEpoch.AddYears(50)))!;
        git.Push(git.Directory, Cancel, $"{commit}:refs/tags/{tag}");
    }

    private string Head(string repository) => new Git(Path.Combine(_root, repository)).Head()!;

    private void Write(string file, string text, int mode = 0x1a4)
    {
        var path = Path.Combine(_root, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, (UnixFileMode)mode);
    }
}
