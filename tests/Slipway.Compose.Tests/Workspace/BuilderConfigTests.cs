using Slipway.Compose.Workspace;
using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Compose.Tests.Workspace;

public sealed class BuilderConfigTests : IDisposable
{
    private readonly TemporaryDirectory _place = new();

    public BuilderConfigTests() => Directory.CreateDirectory(_place.Path);

    public void Dispose() => _place.Dispose();

    private string ConfigFile => _place["builder.conf"];

    private static string? Nothing(string variable) => null;

    private BuilderConfig Read(string text, Func<string, string?>? variable = null)
    {
        File.WriteAllText(ConfigFile, text);
        return BuilderConfigFile.Load(ConfigFile, _place.Path).Read(variable ?? Nothing);
    }

    private ConfigError OnlyError(string text) => Assert.Single(Assert.Throws<ConfigException>(() => Read(text)).Errors);

    [Fact]
    public void Every_key_has_the_ancestors_default()
    {
        var config = Read("#VERSION 1.2\n");
        Assert.Equal(_place["Swupd_Root.pem"], config.Certificate);
        Assert.Equal(_place["private.pem"], config.PrivateKey);
        Assert.Equal(_place["update"], config.StateDirectory);
        Assert.Equal(_place.Path, config.VersionsPath);
        Assert.Equal(_place[".yum-mix.conf"], config.RepositoriesFile);
        Assert.Equal("os-core-update", config.UpdateBundle);
        Assert.Equal(["external-xz"], config.Compression);
        Assert.True(config.DebugInfoBanned);
        Assert.Equal("/usr/lib/debug", config.DebugInfoLib);
        Assert.Equal("/usr/src/debug", config.DebugInfoSrc);
        Assert.Equal(_place["local-bundles"], config.LocalBundles);
        Assert.Equal(_place["local-yum"], config.LocalRepository);
        Assert.Equal(_place["local-rpms"], config.LocalPackages);
        Assert.Equal("", config.OsReleasePath);
        Assert.Equal(PackageType.Rpm, config.Type);
        Assert.Equal("x86_64", config.Architecture);
    }

    [Fact]
    public void Variables_are_replaced_and_one_that_is_not_set_is_named_with_its_line()
    {
        Assert.Equal("/srv/u", Read("#VERSION 1.2\n[Builder]\nSERVER_STATE_DIR = \"$BASE/u\"\n", v => v == "BASE" ? "/srv" : null).StateDirectory);
        var error = OnlyError("#VERSION 1.2\n[Builder]\n\nCERT = \"${NOWHERE}/c.pem\"\n");
        Assert.Equal(4, error.Line);
        Assert.Contains("Builder.CERT", error.Message, StringComparison.Ordinal);
        Assert.Contains("NOWHERE", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("#VERSION 1.2\n[Builder]\nCERT = \"\"\n", 3, "Builder.CERT is empty")]
    [InlineData("#VERSION 1.2\n[Server]\nDEBUG_INFO_BANNED = \"perhaps\"\n", 3, "Server.DEBUG_INFO_BANNED is 'perhaps'")]
    [InlineData("#VERSION 1.2\n[Swupd]\nCOMPRESSION = \"external-xz\"\n", 3, "Swupd.COMPRESSION is not a list")]
    [InlineData("#VERSION 1.2\n[Swupd]\nBUNDLE = [\"a\"]\n", 3, "Swupd.BUNDLE is a list")]
    [InlineData("#VERSION 1.2\n[Swupd]\nBUNDLE = bare\n", 3, "is not quoted")]
    [InlineData("#VERSION 1.2\n[Swupd]\nBUNDLE = \"no end\n", 3, "no closing quote")]
    [InlineData("#VERSION 1.2\n[Swupd]\nCOMPRESSION = [\"a\",\n\"b\"\n", 3, "the list has no end")]
    [InlineData("#VERSION 1.2\n[Swupd\n", 2, "table's name has no end")]
    [InlineData("#VERSION 1.2\n\n\nwhat\n", 4, "neither a table nor a key")]
    [InlineData("#VERSION 1.2\n[Mixer]\nLOG = \"a\"\nLOG = \"b\"\n", 4, "LOG is given twice")]
    [InlineData("#VERSION 1.2\n[Slipway]\nTYPE = \"flatpak\"\n", 3, "Slipway.TYPE is 'flatpak'")]
    public void A_bad_file_is_told_of_with_line_and_key(string text, int line, string message)
    {
        var error = OnlyError(text);
        Assert.Equal(line, error.Line);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_keys_are_warned_of_and_have_no_effect()
    {
        var config = Read("#VERSION 1.2\n[Mixer]\nDOCKER_IMAGE_PATH = \"x\"\n");
        Assert.Contains("builder.conf:3: Mixer.DOCKER_IMAGE_PATH", Assert.Single(config.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_set_is_read_back_and_the_file_says_nothing_new_to_the_ancestor()
    {
        var file = BuilderConfigFile.New(ConfigFile, _place.Path);
        file.Set("Swupd.CONTENTURL", "http://updates.example.org/a \"quoted\" \\ path");
        file.Set("Swupd.COMPRESSION", "external-xz, external-zstd");
        file.Save();
        var again = BuilderConfigFile.Load(ConfigFile, _place.Path).Read(Nothing);
        Assert.Equal("http://updates.example.org/a \"quoted\" \\ path", again.ContentUrl);
        Assert.Equal(["external-xz", "external-zstd"], again.Compression);
        Assert.DoesNotContain("[Slipway]", File.ReadAllText(ConfigFile), StringComparison.Ordinal);
        Assert.StartsWith("#VERSION 1.2\n", File.ReadAllText(ConfigFile), StringComparison.Ordinal);
    }

    [Fact]
    public void The_old_form_is_converted_and_kept_beside()
    {
        const string Old = "[Builder]\nSERVER_STATE_DIR=/home/mix/update\nBUNDLE_DIR=/home/mix/mix-bundles\n\n[swupd]\nBUNDLE=os-core-update\nCONTENTURL=http://c.example.org\nFORMAT=28\n\n[Server]\ndebuginfo_banned=true\ndebuginfo_lib=/usr/lib/debug/\n";
        File.WriteAllText(ConfigFile, Old);
        var said = new List<string>();
        var mix = MixWorkspace.Open(_place.Path, null, Nothing, TimeProvider.System, said.Add);
        Assert.Equal("/home/mix/update", mix.Config.StateDirectory);
        Assert.Equal("http://c.example.org", mix.Config.ContentUrl);
        Assert.Equal("/usr/lib/debug/", mix.Config.DebugInfoLib);
        Assert.Equal(28, mix.State.Format);
        Assert.Contains("FORMAT = \"28\"", File.ReadAllText(_place["mixer.state"]), StringComparison.Ordinal);
        Assert.Equal(Old, File.ReadAllText(ConfigFile + ".bkp"));
        Assert.Contains(said, s => s.Contains("was converted", StringComparison.Ordinal));
        Assert.Contains(said, s => s.Contains("BUNDLE_DIR", StringComparison.Ordinal));
        // The second time there is nothing to convert.
        said.Clear();
        Assert.Equal(28, MixWorkspace.Open(_place.Path, null, Nothing, TimeProvider.System, said.Add).State.Format);
        Assert.Empty(said);
    }

    [Fact]
    public void No_cut_of_a_file_and_no_byte_of_noise_in_it_ends_in_anything_but_an_answer_or_an_error()
    {
        BuilderConfigFile.New(ConfigFile, "/w").Save();
        var text = File.ReadAllText(ConfigFile);
        for (var i = 0; i < text.Length; i += 3)
        {
            foreach (var broken in new[] { text[..i], text[..i] + "\"" + text[i..], text[..i] + "[" + text[i..], text[..i] + "\0\\u12" + text[(i + 1)..] })
            {
                try
                {
                    Read(broken);
                }
                catch (ConfigException error)
                {
                    Assert.All(error.Errors, e => Assert.InRange(e.Line, 1, text.Count(c => c == '\n') + 2));
                }
            }
        }
    }
}
