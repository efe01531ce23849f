using Slipway.Content;
using Slipway.Packages.Repositories;
using Slipway.Packages.Signing;
using Slipway.Packages.Tests.Clients;
using Slipway.Packages.Tests.Repositories;
using Slipway.State;

namespace Slipway.Packages.Tests.Signing;

/// <summary>One long story, because making a key takes seconds.</summary>
public sealed class KeyRotationTests : IAsyncLifetime
{
    private readonly TempDirectory _temp = new();
    private readonly CancellationTokenSource _end = new();
    private readonly MovingClock _clock = new();
    private Task _signer = Task.CompletedTask;
    private SignerClient _client = null!;

    public ValueTask InitializeAsync()
    {
        var data = new DataDirectory(_temp["signer"]);
        data.Create();
        _client = new(data.SignerSocket) { Patience = TimeSpan.FromSeconds(60) };
        _signer = SignerServer.RunAsync(data, _clock, _end.Token);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _signer.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public void Clients_that_know_the_old_key_or_the_new_one_follow_through_a_rotation()
    {
        using var repositories = new TestRepositories(_client, _clock);
        var oldKeys = _client.PublicKeyArmored();
        var old = Assert.Single(_client.Keys()).Fingerprint;
        Publish(repositories, "1.0");
        repositories.Publish("harbor/arch", RealPackages.Pacman(repositories.Temp, "lasting", "1.0-1"));

        _client.Rotate(_clock.Now.AddHours(1));
        var both = _client.PublicKeyArmored();
        Assert.Equal([(old, SigningKeyState.Signing), (NewOf(old), SigningKeyState.Next)], _client.Keys().Select(key => (key.Fingerprint, key.State)));
        Assert.Throws<SlipwayException>(() => _client.Rotate(_clock.Now));
        Assert.Throws<SlipwayException>(() => _client.Retire(old, withdraw: false));
        Publish(repositories, "1.1");
        Follow(repositories, oldKeys, single: true);
        Assert.Equal(2, Fingerprints(File.ReadAllText(Path.Combine(repositories.PathOf("harbor/bookworm"), "repository.asc"))));

        _clock.Now += TimeSpan.FromHours(2);
        Assert.Equal([(old, SigningKeyState.Previous), (NewOf(old), SigningKeyState.Signing)], _client.Keys().Select(key => (key.Fingerprint, key.State)));
        Publish(repositories, "1.2");
        // Indexes still carry the old key's signature for who knows no other; pacman's and rpm's single signatures are the new key's.
        Follow(repositories, oldKeys, single: false);
        Follow(repositories, both, single: true);

        _client.Retire(old, withdraw: true);
        Assert.Equal(SigningKeyState.Withdrawn, _client.Keys().Single(key => key.Fingerprint == old).State);
        Resign(repositories);
        Publish(repositories, "1.3");
        Follow(repositories, _client.PublicKeyArmored(), single: true);
        using var leftBehind = new TempDirectory();
        Assert.False(Apt(repositories, leftBehind, oldKeys).Try("update").Succeeded);
    }

    /// <summary>What the service does with every repository when a key is retired.</summary>
    private void Resign(TestRepositories repositories)
    {
        var first = repositories.Store.History(RepositoryId.Parse("harbor/rpm"))[^1];
        foreach (var repository in repositories.Store.List()) repositories.Store.Renew(repository.Repository, "a key was retired");
        Oldest(repositories, _client.PublicKeyArmored());
        foreach (var repository in repositories.Store.List()) Assert.Empty(repositories.Store.Verify(repository.Repository).Problems);
        // Once more changes no package, nor does publishing one of them again, and what comes back from before the retirement is signed anew too.
        var now = repositories.Store.Current(first.Repository)!;
        Assert.Equal(now.Fingerprint, repositories.Store.Renew(first.Repository, "again").Fingerprint);
        Assert.Equal(now.Fingerprint, repositories.Publish("harbor/rpm", Directory.GetFiles(repositories.Temp["rpm/built"], "tool-1.0-*.rpm")).Fingerprint);
        var back = repositories.Store.Rollback(first.Repository, first.Number);
        Assert.Empty(repositories.Store.Verify(first.Repository).Problems);
        var elsewhere = repositories.Store.Promote(first.Repository, RepositoryId.Parse("stable/rpm"), first.Number);
        Assert.Equal(back.Fingerprint, elsewhere.Fingerprint);
        Assert.Empty(repositories.Store.Verify(elsewhere.Repository).Problems);
    }

    /// <summary>A client with these keys installs the first version, which was signed when only the old key was there.</summary>
    private static void Oldest(TestRepositories repositories, string keys)
    {
        using TempDirectory dnf = new(), arch = new();
        Dnf(repositories, dnf, keys).Run("install", "tool-1.0");
        using var pacman = new PacmanClient(arch, $"[harbor]\nSigLevel = Required\nServer = {Url(repositories, "harbor/arch")}/$arch\n");
        File.WriteAllText(arch["keys.asc"], keys);
        pacman.Trust(arch["keys.asc"]);
        pacman.Run("-Sy", "lasting");
    }

    private string NewOf(string old) => _client.Keys().Single(key => key.Fingerprint != old).Fingerprint;

    private static void Publish(TestRepositories repositories, string version)
    {
        repositories.Publish("harbor/bookworm", RealPackages.Deb(repositories.Temp, "tool", version));
        repositories.Publish("harbor/rpm", RealPackages.Rpm(repositories.Temp, "tool", version));
        repositories.Publish("harbor/arch", RealPackages.Pacman(repositories.Temp, "tool", version + "-1"));
    }

    /// <param name="single">Whether clients with these keys can also check single signatures: pacman's, and of rpm packages.</param>
    private static void Follow(TestRepositories repositories, string keys, bool single)
    {
        using TempDirectory apt = new(), dnf = new(), arch = new();
        Apt(repositories, apt, keys).Run("update");
        Tool.RunIn(apt.Path, [], "apt-get", "-c", apt["apt/apt.conf"], "download", "tool");
        var dnfClient = Dnf(repositories, dnf, keys);
        dnfClient.Run("makecache");
        Assert.Equal(single, dnfClient.Try("install", "--downloadonly", "tool").Succeeded);
        using var pacman = new PacmanClient(arch, $"[harbor]\nSigLevel = Required\nServer = {Url(repositories, "harbor/arch")}/$arch\n");
        File.WriteAllText(arch["keys.asc"], keys);
        pacman.Trust(arch["keys.asc"]);
        Assert.Equal(single, pacman.Try("-Syy").Succeeded && pacman.Try("-Sw", "tool").Succeeded);
    }

    private static AptClient Apt(TestRepositories repositories, TempDirectory temp, string keys)
    {
        var armored = string.Concat(keys.TrimEnd('\n').Split('\n').Select(line => $" {(line.Length == 0 ? "." : line)}\n"));
        return new(temp, $"Types: deb\nURIs: {Url(repositories, "harbor/bookworm")}/\nSuites: bookworm\nComponents: main\nSigned-By:\n{armored}");
    }

    private static DnfClient Dnf(TestRepositories repositories, TempDirectory temp, string keys)
    {
        File.WriteAllText(temp["keys.asc"], keys);
        return new(temp, $"[harbor]\nname=harbor\nbaseurl={Url(repositories, "harbor/rpm")}/\ngpgcheck=1\nrepo_gpgcheck=1\ngpgkey=file://{temp["keys.asc"]}\n");
    }

    private static string Url(TestRepositories repositories, string repository) => "file://" + repositories.PathOf(repository);

    private int Fingerprints(string keys)
    {
        File.WriteAllText(_temp["keys"], keys);
        return Tool.Run("gpg", "--homedir", _temp.Make("gpg"), "--with-colons", "--show-keys", _temp["keys"]).Split('\n').Count(line => line.StartsWith("pub:", StringComparison.Ordinal));
    }

    private sealed class MovingClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = System.GetUtcNow().AddHours(-3);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
