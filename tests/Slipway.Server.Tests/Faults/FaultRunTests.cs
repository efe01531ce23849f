using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Dapper;
using Slipway.Builds;
using Slipway.Content;
using Slipway.Messages;
using Slipway.Messages.Brokers;
using Slipway.Packages.Repositories;
using Slipway.Packages.Signing;
using Slipway.State;

namespace Slipway.Server.Tests.Faults;

/// <summary>
/// Every role in a process of its own, killed at random moments while commits go on; messages come twice and in another order, the clock is set, the runner's
/// disk is full for a while. In the end every request has one published result or one stated failure.
/// </summary>
public sealed class FaultRunTests : IAsyncDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("slipway-faults-").FullName;
    private readonly Random _random = new(20261121);
    private readonly CancellationTokenSource _end = new();
    private readonly Dictionary<string, Process> _roles = [];
    private readonly Queue<Func<Task>> _next = new();
    private readonly DataDirectory _data, _far;
    private readonly Database _database;
    private readonly EmbeddedBroker _broker;
    private readonly Task _signer;
    private readonly string _port;
    private readonly string _key = RunnerKeys.NewKey();
    private readonly string _work;
    private int _kills, _duplicates, _jumps, _full;

    public FaultRunTests()
    {
        _data = new DataDirectory(Path.Combine(_root, "data"));
        _far = new DataDirectory(Path.Combine(_root, "far"));
        _data.Create();
        Directory.CreateDirectory(_far.Root);
        // A disk of its own, which can be filled.
        Tool.Run("mount", "-t", "tmpfs", "-o", "size=24m", "slipway-faults", _far.Root);
        _signer = SignerServer.RunAsync(_data, _end.Token);
        _database = RoleProcess.Open(_data, TimeProvider.System);
        _broker = new EmbeddedBroker(_data.BrokerDb, TimeProvider.System);
        var keys = new RunnerKeys(_database);
        Assert.Equal("far", keys.Enrol(keys.Invite("far"), RunnerKeys.Hash(_key)));
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            _port = ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        }
        SourceRepository.Open("source", Path.Combine(_data.Git, "source.git"), _data.Doorbell("sources").File);
        _work = Path.Combine(_root, "work");
        Tool.Run("git", "clone", "-q", Path.Combine(_data.Git, "source.git"), _work);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _roles.Values)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
        await _end.CancelAsync();
        await _signer.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _broker.Dispose();
        _database.Dispose();
        Tool.Run("umount", _far.Root);
        Directory.Delete(_root, recursive: true);
        _end.Dispose();
    }

    [Fact]
    public Task Twenty_builds_survive_every_fault() => RunAsync(wanted: 20);

    [Fact]
    [Trait("long", "yes")]
    public Task Two_hundred_builds_survive_every_fault() => RunAsync(wanted: 200);

    private async Task RunAsync(int wanted)
    {
        var watch = Stopwatch.StartNew();
        Write("dists/bookworm.yml", "name: bookworm\ntype: deb\nroot: {from: apt, sources: host, base: [build-essential]}\n");
        foreach (var role in new[] { "server", "fetch", "collect", "runner" }) Start(role);
        for (var made = 0; made < wanted;)
        {
            var names = Enumerable.Range(made, Math.Min(_random.Next(1, 4), wanted - made)).Select(number => $"package{number}").ToList();
            foreach (var name in names) WritePackage(name, broken: _random.Next(8) == 0);
            made += names.Count;
            Push($"{names[0]} and so on");
            await Task.Delay(_random.Next(50, 700));
            await DisturbAsync();
        }
        Calm();
        await WaitUntilAsync(() => Count("SELECT count(*) FROM builds_request") == wanted && Count("""
            SELECT count(*) FROM builds_build WHERE (state = 'succeeded' AND snapshot IS NOT NULL) OR state IN ('failed', 'cancelled')
            """) == wanted && Count("SELECT count(*) FROM builds_outbox") == 0);
        Check(wanted, watch.Elapsed);
    }

    private void Check(int wanted, TimeSpan time)
    {
        var states = _database.Read(connection => connection.Query<(string State, long Count)>("SELECT state, count(*) FROM builds_build GROUP BY state ORDER BY state").ToDictionary());
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            {wanted} requests: {string.Join(", ", states.Select(one => $"{one.Value} {one.Key}"))}; {_kills} kills, {_duplicates} messages sent again, {_jumps} jumps of the clock, {_full} times a full disk; {Count("SELECT count(*) FROM builds_attempt")} attempts, {time.TotalSeconds:F0} s
            """));
        Assert.Equal(wanted, Count("SELECT count(DISTINCT package) FROM builds_build"));
        Assert.Equal(0, Count("SELECT count(*) FROM builds_build WHERE state = 'cancelled' OR (state = 'failed' AND cause IS NULL)"));
        // What is sound fails only when its machine failed three times.
        Assert.Equal(0, Count("SELECT count(*) FROM builds_build WHERE state = 'failed' AND cause <> 'the recipe is broken' AND failures < 3"));
        Assert.Equal(0, Count("SELECT count(*) FROM builds_attempt WHERE state IN ('leased', 'preparing', 'building', 'collecting')"));
        Assert.Empty(_broker.DeadLetters(10));
        var repositories = new RepositoryStore(_data, _database, new ContentStore(_data.Store), new SignerClient(_data.SignerSocket), TimeProvider.System);
        var id = new RepositoryId("demo", "bookworm");
        var published = repositories.Files(id, repositories.Current(id)!.Number).Select(file => file.Name).ToList();
        Assert.Equal(published.Distinct().Count(), published.Count);
        Assert.Equal(_database.Read(connection => connection.Query<string>("SELECT name FROM builds_build WHERE state = 'succeeded' ORDER BY name").ToList()), published.Order(StringComparer.Ordinal));
        Assert.Empty(repositories.Verify(id).Problems);
        // Every request was answered once as accepted and has one last word.
        var answers = _broker.Read(Topics.Response, 0, 100_000).Select(message => MessageCodec.ReadResponse(message.Body, out _)!).ToList();
        foreach (var code in new[] { ResponseCodes.PackageRequestAccepted, ResponseCodes.PackageSourceChanged })
            Assert.Equal(wanted, answers.Where(answer => answer.ResponseCode == code).Select(answer => answer.RequestId).Distinct().Count());
    }

    // Each kind in its turn, in another order every time.
    private async Task DisturbAsync()
    {
        if (_next.Count == 0)
        {
            Func<Task>[] all = [SendAgainAsync, JumpAsync, FillDiskAsync, .. _roles.Keys.Order().Select<string, Func<Task>>(role => () => KillAsync(role))];
            _random.Shuffle(all);
            foreach (var one in all) _next.Enqueue(one);
        }
        await _next.Dequeue()();
    }

    private async Task KillAsync(string role)
    {
        var process = _roles[role];
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        _kills++;
        await Task.Delay(_random.Next(0, 300));
        Start(role);
    }

    private void Start(string role) => _roles[role] = role == "runner" ? RoleProcess.Start(role, _far.Root, _port, _key) : RoleProcess.Start(role, _data.Root, _port);

    // Everything that was ever asked for, in another order.
    private async Task SendAgainAsync()
    {
        await Task.Yield();
        var messages = _broker.Read("demo", 0, 10_000).ToArray();
        _random.Shuffle(messages);
        if (messages.Length == 0) return;
        _broker.Publish([.. messages.Select(message => new OutgoingMessage("demo", message.Key, message.Body))]);
        _duplicates += messages.Length;
    }

    private async Task JumpAsync()
    {
        await Task.Yield();
        JumpingClock.Jump(_data.Root, _random.Next(-90_000, 90_000));
        _jumps++;
    }

    private async Task FillDiskAsync()
    {
        var file = Path.Combine(_far.Root, "filler");
        try
        {
            await using var filler = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, 0);
            var block = new byte[1 << 16];
            while (true) filler.Write(block);
        }
        catch (IOException)
        {
            _full++;
        }
        await Task.Delay(_random.Next(200, 1500));
        File.Delete(file);
    }

    private void Calm()
    {
        foreach (var (role, _) in _roles.Where(one => one.Value.HasExited).ToList()) Start(role);
    }

    private async Task WaitUntilAsync(Func<bool> done)
    {
        var limit = Stopwatch.StartNew();
        while (!done())
        {
            Calm();
            if (limit.Elapsed > TimeSpan.FromMinutes(8))
                throw new TimeoutException(string.Join('\n', _database.Read(connection => connection.Query<string>("SELECT package || ' ' || state || ' ' || coalesce(reason, '') || ' ' || coalesce(cause, '') || ' ' || coalesce(snapshot, '-') FROM builds_build").ToList())
                    .Append($"{Count("SELECT count(*) FROM builds_request")} requests, {Count("SELECT count(*) FROM builds_pin p WHERE NOT EXISTS (SELECT 1 FROM builds_request r WHERE r.request_id = p.request_id)")} pins without one, {Count("SELECT count(*) FROM builds_outbox")} messages to send, {Count("SELECT count(*) FROM builds_attempt")} attempts, roles that ended: {string.Join(' ', _roles.Where(one => one.Value.HasExited).Select(one => one.Key))}").Concat(RoleProcess.Said.TakeLast(40))));
            await Task.Delay(100);
        }
    }

    private long Count(string sql) => _database.Read(connection => connection.ExecuteScalar<long>(sql));

    private void WritePackage(string name, bool broken)
    {
        Write($"projects/demo/{name}/.cb/cloud_builder.yml", $"schema_version: 0.1\nname: {name}\ndistributions: [{{dist: bookworm, arch: x86_64, runner_group: demo}}]\n");
        Write($"projects/demo/{name}/debian/control", $"Source: {name}\n\nPackage: {name}\nArchitecture: all\n");
        if (broken) Write($"projects/demo/{name}/broken", "");
    }

    private void Write(string path, string content)
    {
        var file = Path.Combine(_work, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }

    private void Push(string message)
    {
        Tool.Run("git", "-C", _work, "add", "-A");
        Tool.Run("git", "-C", _work, "-c", "user.name=Ada", "-c", "user.email=ada@demo.example", "commit", "-q", "-m", message);
        Tool.Run("git", "-C", _work, "push", "-q", "origin", "HEAD:main");
    }
}
